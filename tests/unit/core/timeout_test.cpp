#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a client's timeout settles the task") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit({.timeout = 7s});
  rig.finish(rig.take<AssignTask>(), FinishKind::timed_out);
  rig.expect_outcome(task, OutcomeKind::timed_out);
}

TEST_CASE("the backstop settles a task whose client does not enforce the timeout") {
  SchedulerRig rig({.backstop_slack = 10s});
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit({.timeout = 7s});
  const auto assigned = rig.take<AssignTask>();
  rig.observe_start(assigned, 2s);
  rig.advance(15s - 1ns);
  rig.expect_nothing();
  rig.advance(1ns);
  CHECK(rig.take<CancelAttempt>().attempt == assigned.attempt);
  rig.expect_outcome(task, OutcomeKind::timed_out, OutcomeCause::backstop);
}

TEST_CASE("a result that arrives after the backstop is ignored") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit({.timeout = 7s});
  const auto assigned = rig.take<AssignTask>();
  rig.observe_start(assigned);
  rig.advance(1h);
  rig.take<CancelAttempt>();
  rig.expect_outcome(task, OutcomeKind::timed_out, OutcomeCause::backstop);
  rig.finish(assigned);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 1);
}

TEST_CASE("a task that ends in time leaves no deadline behind") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit({.timeout = 7s});
  const auto assigned = rig.take<AssignTask>();
  rig.observe_start(assigned);
  CHECK(rig.scheduler().next_deadline().has_value());
  rig.finish(assigned);
  rig.expect_outcome(task, OutcomeKind::value);
  CHECK_FALSE(rig.scheduler().next_deadline().has_value());
}

TEST_CASE("the time a task waits does not count towards its timeout") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit({.timeout = 7s});
  rig.take<AssignTask>();
  rig.advance(24h);
  rig.expect_nothing();
}

TEST_CASE("each attempt has the whole timeout to itself") {
  SchedulerRig rig({.backstop_slack = 10s});
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit({.timeout = 7s});
  const auto first = rig.take<AssignTask>();
  rig.observe_start(first);
  rig.advance(16s);
  rig.kill_worker(first);
  rig.take<RecordDeath>();
  rig.observe_start(rig.take<AssignTask>());
  rig.advance(16s);
  rig.expect_nothing();
  rig.advance(1s);
  rig.take<CancelAttempt>();
  rig.expect_outcome(task, OutcomeKind::timed_out, OutcomeCause::backstop);
}

TEST_CASE("a task without a timeout has no deadline") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit();
  rig.observe_start(rig.take<AssignTask>());
  CHECK_FALSE(rig.scheduler().next_deadline().has_value());
}

TEST_CASE("a timeout of the largest duration overflows nothing") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit({.timeout = Duration::max()});
  rig.observe_start(rig.take<AssignTask>(), Duration::min());
  rig.advance(24h * 365);
  rig.expect_nothing();
}

TEST_CASE("deadlines are kept in their own order, not in that of the starts") {
  SchedulerRig rig;
  rig.join({.slots = 3, .silence_matters = false});
  const TaskId slow = rig.submit({.timeout = 30s});
  const TaskId quick = rig.submit({.timeout = 10s});
  const TaskId medium = rig.submit({.timeout = 20s});
  for (const auto& assigned : rig.take_many<AssignTask>(3)) rig.observe_start(assigned);
  rig.advance(1min);
  for (const TaskId& task : {quick, medium, slow}) {
    rig.take<CancelAttempt>();
    rig.expect_outcome(task, OutcomeKind::timed_out, OutcomeCause::backstop);
  }
}

TEST_CASE("a client one of whose slots times out too often is dropped") {
  SchedulerRig rig;
  const ClientId client = rig.join({.slots = 2, .prefetch_max = 0, .revive_limit = 1});
  const auto tasks = rig.submit_many(4, {.timeout = 1s});
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.step(TaskFinished{client, assigned[0].task, 1, FinishKind::timed_out, 1s, 0});
  rig.expect_outcome(tasks[0], OutcomeKind::timed_out);
  const auto third = rig.take<AssignTask>();
  rig.step(TaskFinished{client, assigned[1].task, 1, FinishKind::timed_out, 1s, 1});
  rig.expect_outcome(tasks[1], OutcomeKind::timed_out);
  rig.take<AssignTask>();

  rig.step(TaskFinished{client, third.task, 1, FinishKind::timed_out, 1s, 0});
  rig.expect_outcome(tasks[2], OutcomeKind::timed_out);
  const auto drop = rig.take<DropClient>();
  CHECK(drop.client == client);
  CHECK(drop.reason == DropReason::revive_limit);
  CHECK(rig.scheduler().unsettled() == 1);
}

}  // namespace blitzen::testing
