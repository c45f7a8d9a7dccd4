#include "apps/bench/core_scale.hpp"

#include <deque>

#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"
#include "core/scheduler.hpp"

namespace blitzen::bench {
namespace {

/// As many as travel in a few packets: a host applies that many facts before it asks for assignments.
constexpr std::size_t batch = 1024;
constexpr core::DriverId driver{1};
constexpr core::Duration task_ran = std::chrono::milliseconds{10};

class SimulatedHost {
 public:
  explicit SimulatedHost(SimulatedClients clients) {
    step(core::DriverJoined{driver, core::unlimited});
    for (std::uint32_t i = 0; i < clients.count; ++i)
      step(core::ClientJoined{.client = core::ClientId{i}, .slots = clients.slots});
  }

  void submit(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      step(core::TaskSubmitted{.task = {driver, submitted_++}, .code = core::CodeId{1}});
  }

  /// Those that have been with their clients for longest.
  void finish(std::size_t count) {
    for (; count > 0 && !held_.empty(); --count) {
      const auto [client, task, attempt] = held_.front();
      held_.pop_front();
      step(core::TaskFinished{client, task, attempt, core::FinishKind::value, task_ran, 0});
    }
  }

  void assign() {
    now_ += std::chrono::milliseconds{1};
    scheduler_.assign(now_, actions_);
    for (const core::Action& action : actions_) {
      if (const auto* assigned = std::get_if<core::AssignTask>(&action))
        held_.push_back(*assigned);
      else if (std::holds_alternative<core::ReportOutcome>(action))
        ++settled_;
    }
    actions_.clear();
  }

  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] std::size_t settled() const { return settled_; }
  [[nodiscard]] std::size_t submitted() const { return submitted_; }

 private:
  void step(const core::Event& event) { scheduler_.step(event, now_, actions_); }

  core::Scheduler scheduler_;
  core::TimePoint now_{};
  core::Actions actions_;
  std::deque<core::AssignTask> held_;
  std::uint64_t submitted_ = 0;
  std::size_t settled_ = 0;
};

void submit_all(SimulatedHost& host, std::size_t tasks) {
  for (std::size_t done = 0; done < tasks; done += batch) {
    host.submit(std::min(batch, tasks - done));
    host.assign();
  }
}

void finish_all(SimulatedHost& host) {
  while (host.held() > 0) {
    host.finish(batch);
    host.assign();
  }
  if (host.settled() != host.submitted()) throw WrongResult("the scheduler lost a task");
}

}  // namespace

double core_tasks_per_second(SimulatedClients clients, std::size_t tasks) {
  SimulatedHost host(clients);
  const auto begin = now_ns();
  submit_all(host, tasks);
  finish_all(host);
  return static_cast<double>(tasks) / (static_cast<double>(now_ns() - begin) / 1e9);
}

double core_ns_per_task(SimulatedClients clients, std::size_t queued, std::size_t tasks) {
  SimulatedHost host(clients);
  while (host.held() == host.submitted()) submit_all(host, batch);
  submit_all(host, queued);
  const auto round = [&] {
    host.finish(batch);
    host.submit(batch);
    host.assign();
  };
  // Until every client has finished something, and so has a measured mean to prefetch by.
  for (std::size_t done = 0; done < host.held(); done += batch) round();

  const auto begin = now_ns();
  std::size_t done = 0;
  for (; done < tasks; done += batch) round();
  const double time = static_cast<double>(now_ns() - begin);
  finish_all(host);
  return time / static_cast<double>(done);
}

}  // namespace blitzen::bench
