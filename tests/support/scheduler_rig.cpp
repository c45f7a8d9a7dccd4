#include "scheduler_rig.hpp"

#include <algorithm>
#include <exception>
#include <sstream>
#include <stdexcept>

namespace blitzen::testing {

using namespace core;

namespace {

const char* name_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::value:
      return "value";
    case OutcomeKind::error:
      return "error";
    case OutcomeKind::timed_out:
      return "timed_out";
    case OutcomeKind::cancelled:
      return "cancelled";
    case OutcomeKind::poisoned:
      return "poisoned";
    case OutcomeKind::expired:
      return "expired";
  }
  return "?";
}

const char* name_of(OutcomeCause cause) {
  switch (cause) {
    case OutcomeCause::reported:
      return "reported";
    case OutcomeCause::backstop:
      return "backstop";
    case OutcomeCause::cancelled:
      return "cancelled";
    case OutcomeCause::worker_deaths:
      return "worker_deaths";
    case OutcomeCause::no_client_can:
      return "no_client_can";
    case OutcomeCause::client_lost:
      return "client_lost";
  }
  return "?";
}

struct Writer {
  std::ostringstream& out;
  void operator()(const RejectTask& it) const { out << "reject " << to_text(it.task); }
  void operator()(const AssignTask& it) const {
    out << "assign " << to_text(it.task) << " to client " << std::uint32_t(it.client) << " attempt " << it.attempt;
  }
  void operator()(const RecallTasks& it) const {
    out << "recall " << it.count << " from client " << std::uint32_t(it.client);
  }
  void operator()(const CancelAttempt& it) const {
    out << "cancel " << to_text(it.task) << " at client " << std::uint32_t(it.client) << " attempt " << it.attempt;
  }
  void operator()(const RecordDeath& it) const { out << "record death of " << to_text(it.task); }
  void operator()(const ReportOutcome& it) const {
    out << "report " << to_text(it.task) << ' ' << name_of(it.kind) << " (" << name_of(it.cause) << ')';
  }
  void operator()(const DropClient& it) const {
    out << "drop client " << std::uint32_t(it.client)
        << (it.reason == DropReason::silence ? " (silence)" : " (revive_limit)");
  }
  void operator()(const DropDriver& it) const { out << "drop driver " << std::uint32_t(it.driver); }
};

}  // namespace

std::string to_text(const TaskId& task) {
  return std::to_string(std::uint32_t(task.driver)) + '/' + std::to_string(task.number);
}

std::string to_text(const Action& action) {
  std::ostringstream out;
  std::visit(Writer{out}, action);
  return out.str();
}

SchedulerRig::SchedulerRig(SchedulerOptions options) : scheduler_(options) { join_driver(); }

SchedulerRig::~SchedulerRig() {
  if (std::uncaught_exceptions() > 0) return;
  for (const Action& action : actions_) FAIL_CHECK("nobody looked at: " << to_text(action));
}

DriverId SchedulerRig::join_driver(std::uint64_t task_limit) {
  const DriverId driver{next_driver_++};
  step(DriverJoined{driver, task_limit});
  return driver;
}

ClientId SchedulerRig::join(const ClientTraits& traits) {
  const ClientId client{next_client_++};
  step(ClientJoined{client, traits.slots, traits.prefetch_max, traits.revive_limit, traits.silence_matters});
  return client;
}

TaskId SchedulerRig::submit(const TaskTraits& traits, DriverId driver) {
  return submit_many(1, traits, driver).front();
}

std::vector<TaskId> SchedulerRig::submit_many(std::size_t count, const TaskTraits& traits, DriverId driver) {
  const auto index = static_cast<std::size_t>(driver);
  if (next_number_.size() <= index) next_number_.resize(index + 1);
  std::vector<TaskId> tasks;
  for (std::size_t i = 0; i < count; ++i) {
    tasks.push_back({driver, next_number_[index]++});
    scheduler_.step(TaskSubmitted{tasks.back(), traits.code, traits.timeout, traits.worker_deaths_max}, now_, fresh_);
  }
  settle_down();
  return tasks;
}

void SchedulerRig::step(const Event& event) {
  scheduler_.step(event, now_, fresh_);
  settle_down();
}

void SchedulerRig::settle_down() {
  scheduler_.assign(now_, fresh_);
  actions_.insert(actions_.end(), fresh_.begin(), fresh_.end());
  fresh_.clear();
  try {
    scheduler_.check_invariants();
  } catch (const std::logic_error& broken) {
    FAIL("an invariant does not hold: " << broken.what());
  }
}

void SchedulerRig::finish(TaskId task, ClientId client, Attempt attempt, FinishKind kind, Duration ran) {
  step(TaskFinished{client, task, attempt, kind, ran, 0});
}

void SchedulerRig::finish(const AssignTask& assigned, FinishKind kind, Duration ran) {
  finish(assigned.task, assigned.client, assigned.attempt, kind, ran);
}

void SchedulerRig::observe_start(const AssignTask& assigned, Duration running_for) {
  step(StartObserved{assigned.client, assigned.task, assigned.attempt, running_for});
}

void SchedulerRig::kill_worker(const AssignTask& assigned) {
  step(WorkerDied{assigned.client, assigned.task, assigned.attempt});
}

void SchedulerRig::give_back(const AssignTask& assigned) {
  step(TaskReturned{assigned.client, assigned.task, assigned.attempt});
}

void SchedulerRig::refuse(const AssignTask& assigned) {
  step(CodeRefused{assigned.client, assigned.task, assigned.attempt});
}

void SchedulerRig::refuse_for_now(const AssignTask& assigned) {
  step(CodeRefused{assigned.client, assigned.task, assigned.attempt, true});
}

void SchedulerRig::advance(Duration by) {
  const TimePoint end = now_ + by;
  for (auto deadline = scheduler_.next_deadline(); deadline && *deadline <= end;
       deadline = scheduler_.next_deadline()) {
    now_ = std::max(now_, *deadline);
    step(DeadlineReached{});
    const auto next = scheduler_.next_deadline();
    INFO("a deadline that has passed must not come back");
    REQUIRE((!next || *next > now_));
  }
  now_ = end;
}

void SchedulerRig::expect_nothing() {
  for (const Action& action : actions_) FAIL_CHECK("nothing was expected, but: " << to_text(action));
  actions_.clear();
}

void SchedulerRig::expect_outcome(TaskId task, OutcomeKind kind, OutcomeCause cause) {
  const auto report = take<ReportOutcome>();
  CHECK(to_text(report) == to_text(ReportOutcome{task, kind, cause}));
}

}  // namespace blitzen::testing
