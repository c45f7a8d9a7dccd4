#include "stage.hpp"

#include <algorithm>
#include <stdexcept>

#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

const std::map<std::string, Stage::Play>& Stage::plays() {
  static const std::map<std::string, Play> all{{"driver-joins", &Stage::driver_joins},
                                               {"driver-lost", &Stage::driver_lost},
                                               {"client-joins", &Stage::client_joins},
                                               {"client-heard", &Stage::client_heard},
                                               {"client-drains", &Stage::client_drains},
                                               {"client-lost", &Stage::client_lost},
                                               {"submit", &Stage::submit},
                                               {"cancel", &Stage::cancel},
                                               {"observe-start", &Stage::observe_start},
                                               {"finish", &Stage::finish},
                                               {"kill-worker", &Stage::kill_worker},
                                               {"give-back", &Stage::give_back},
                                               {"refuse", &Stage::refuse},
                                               {"advance", &Stage::advance},
                                               {"count", &Stage::count}};
  return all;
}

std::vector<std::string> Stage::play(const Command& command) {
  const auto known = plays().find(command.verb());
  if (known == plays().end()) throw std::runtime_error("unknown command: " + command.verb());
  printed_.clear();
  (this->*known->second)(command);
  command.check_all_read();
  assign();
  return printed_;
}

void Stage::step(const Event& event) {
  scheduler_.step(event, now_, actions_);
  print();
}

void Stage::assign() {
  scheduler_.assign(now_, actions_);
  print();
}

void Stage::print() {
  for (const Action& action : actions_) {
    printed_.push_back(to_text(action));
    if (const auto* assigned = std::get_if<AssignTask>(&action)) latest_[assigned->task] = *assigned;
  }
  actions_.clear();
  scheduler_.check_invariants();
}

AssignTask Stage::attempt_at(const TaskId& task, const Command& command) const {
  const auto latest = latest_.find(task);
  AssignTask attempt = latest != latest_.end() ? latest->second : AssignTask{.client = {}, .task = task, .attempt = 0};
  attempt.client = ClientId{command.number("client", static_cast<std::uint32_t>(attempt.client))};
  attempt.attempt = command.number("attempt", attempt.attempt);
  return attempt;
}

void Stage::driver_joins(const Command& command) {
  step(DriverJoined{DriverId{command.id()}, command.number("task-limit", unlimited)});
}

void Stage::driver_lost(const Command& command) { step(DriverLost{DriverId{command.id()}}); }

void Stage::client_joins(const Command& command) {
  step(ClientJoined{.client = ClientId{command.id()},
                    .slots = command.number("slots", 1),
                    .prefetch_max = command.number("prefetch-max", 4096),
                    .revive_limit = command.number("revive-limit", unlimited)});
}

void Stage::client_heard(const Command& command) { step(ClientHeard{ClientId{command.id()}}); }
void Stage::client_drains(const Command& command) { step(ClientDraining{ClientId{command.id()}}); }
void Stage::client_lost(const Command& command) { step(ClientLost{ClientId{command.id()}}); }

void Stage::submit(const Command& command) {
  for (const TaskId& task : command.tasks()) {
    step(TaskSubmitted{task, CodeId{command.number("code", 1)}, command.duration("timeout", no_timeout),
                       static_cast<std::uint8_t>(command.number("worker-deaths-max", 3))});
  }
}

void Stage::cancel(const Command& command) {
  for (const TaskId& task : command.tasks()) step(TaskCancelled{task});
}

void Stage::observe_start(const Command& command) {
  for (const TaskId& task : command.tasks()) {
    const AssignTask attempt = attempt_at(task, command);
    step(StartObserved{attempt.client, task, attempt.attempt, command.duration("running-for", 0s)});
  }
}

void Stage::finish(const Command& command) {
  static const std::map<std::string, FinishKind> kinds{
      {"value", FinishKind::value}, {"error", FinishKind::error}, {"timed_out", FinishKind::timed_out}};
  for (const TaskId& task : command.tasks()) {
    const AssignTask attempt = attempt_at(task, command);
    step(TaskFinished{attempt.client, task, attempt.attempt, kinds.at(command.second_word("value")),
                      command.duration("ran", 1s), command.number("slot", 0)});
  }
}

void Stage::kill_worker(const Command& command) {
  for (const TaskId& task : command.tasks()) {
    const AssignTask attempt = attempt_at(task, command);
    step(WorkerDied{attempt.client, task, attempt.attempt});
  }
}

void Stage::give_back(const Command& command) {
  for (const TaskId& task : command.tasks()) {
    const AssignTask attempt = attempt_at(task, command);
    step(TaskReturned{attempt.client, task, attempt.attempt});
  }
}

void Stage::refuse(const Command& command) {
  for (const TaskId& task : command.tasks()) {
    const AssignTask attempt = attempt_at(task, command);
    step(CodeRefused{attempt.client, task, attempt.attempt});
  }
}

void Stage::advance(const Command& command) {
  const TimePoint end = now_ + Command::parse_duration(command.first_word());
  for (auto deadline = scheduler_.next_deadline(); deadline && *deadline <= end;
       deadline = scheduler_.next_deadline()) {
    now_ = std::max(now_, *deadline);
    step(DeadlineReached{});
    assign();
  }
  now_ = end;
}

void Stage::count(const Command&) {
  printed_.push_back(std::to_string(scheduler_.unsettled()) + " unsettled, " +
                     std::to_string(scheduler_.counters().settled) + " settled, " +
                     std::to_string(scheduler_.counters().stale_reports) + " stale reports");
}

}  // namespace blitzen::testing
