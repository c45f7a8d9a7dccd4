// Drives the scheduler core in tests: one event at a time, every action looked at, every invariant checked.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/scheduler.hpp"

namespace blitzen::testing {

/// As transcripts print it: "assign 1/0 to client 1 attempt 1".
[[nodiscard]] std::string to_text(const core::Action& action);
[[nodiscard]] std::string to_text(const core::TaskId& task);

struct ClientTraits {
  std::uint32_t slots = 1;
  std::uint32_t prefetch_max = 4096;
  std::uint32_t revive_limit = core::unlimited;
  bool silence_matters = true;
};

struct TaskTraits {
  core::Duration timeout = core::no_timeout;
  std::uint8_t worker_deaths_max = 3;
  core::CodeId code{1};
};

/// A scheduler with its own clock and its actions in a queue that the test takes them from, in order. The driver
/// `main_driver` has joined already. Fails the test when it ends with actions that nobody looked at.
class SchedulerRig {
 public:
  static constexpr core::DriverId main_driver{1};
  static constexpr core::Duration short_task = std::chrono::microseconds{10};
  static constexpr core::Duration long_task = std::chrono::seconds{1};

  explicit SchedulerRig(core::SchedulerOptions options = {});
  SchedulerRig(const SchedulerRig&) = delete;
  SchedulerRig& operator=(const SchedulerRig&) = delete;
  ~SchedulerRig();

  core::DriverId join_driver(std::uint64_t task_limit = core::unlimited);
  core::ClientId join(const ClientTraits& traits = {});
  /// Submits the driver's next number.
  core::TaskId submit(const TaskTraits& traits = {}, core::DriverId driver = main_driver);
  /// Submits many tasks as one batch: work is handed out once, at the end.
  std::vector<core::TaskId> submit_many(std::size_t count, const TaskTraits& traits = {},
                                        core::DriverId driver = main_driver);

  /// Applies the event and hands out work.
  void step(const core::Event& event);
  void finish(core::TaskId task, core::ClientId client, core::Attempt attempt,
              core::FinishKind kind = core::FinishKind::value, core::Duration ran = long_task);
  void finish(const core::AssignTask& assigned, core::FinishKind kind = core::FinishKind::value,
              core::Duration ran = long_task);
  void observe_start(const core::AssignTask& assigned, core::Duration running_for = core::Duration::zero());
  void kill_worker(const core::AssignTask& assigned);
  void give_back(const core::AssignTask& assigned);
  void refuse(const core::AssignTask& assigned);
  void refuse_for_now(const core::AssignTask& assigned);
  void cancel(core::TaskId task) { step(core::TaskCancelled{task}); }
  void lose(core::ClientId client) { step(core::ClientLost{client}); }
  void drain(core::ClientId client) { step(core::ClientDraining{client}); }

  /// Lets time pass; every deadline on the way is kept to the instant.
  void advance(core::Duration by);

  /// The next action, which must be of this kind.
  template <class Kind>
  Kind take() {
    if (actions_.empty()) FAIL("nothing more is asked of the host");
    const core::Action action = actions_.front();
    actions_.pop_front();
    INFO("the next action is: " << to_text(action));
    REQUIRE(std::holds_alternative<Kind>(action));
    return std::get<Kind>(action);
  }
  /// The next `count` actions, which must all be of this kind.
  template <class Kind>
  std::vector<Kind> take_many(std::size_t count) {
    std::vector<Kind> taken;
    while (taken.size() < count) taken.push_back(take<Kind>());
    return taken;
  }
  /// The next actions as long as they are of this kind.
  template <class Kind>
  std::vector<Kind> take_all() {
    std::vector<Kind> taken;
    while (!actions_.empty() && std::holds_alternative<Kind>(actions_.front())) taken.push_back(take<Kind>());
    return taken;
  }
  void expect_nothing();
  /// Fails unless the next action reports this outcome.
  void expect_outcome(core::TaskId task, core::OutcomeKind kind,
                      core::OutcomeCause cause = core::OutcomeCause::reported);

  [[nodiscard]] const core::Scheduler& scheduler() const { return scheduler_; }
  [[nodiscard]] core::TimePoint now() const { return now_; }

 private:
  void settle_down();

  core::Scheduler scheduler_;
  core::TimePoint now_{std::chrono::hours{1}};
  core::Actions fresh_;
  std::deque<core::Action> actions_;
  std::vector<std::uint64_t> next_number_;
  std::uint32_t next_driver_ = 1;
  std::uint32_t next_client_ = 1;
};

}  // namespace blitzen::testing
