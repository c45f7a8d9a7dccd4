#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a result of an earlier attempt is dropped and counted") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  const auto first = rig.take<AssignTask>();
  rig.give_back(first);
  const auto second = rig.take<AssignTask>();
  CHECK(second.attempt == 2);

  rig.finish(first);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 1);
  rig.finish(second);
  rig.expect_outcome(task, OutcomeKind::value);
}

TEST_CASE("a result from a client that does not hold the task is dropped") {
  SchedulerRig rig;
  rig.join();
  const ClientId other = rig.join();
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.finish(task, other, assigned.attempt);
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 1);
}

TEST_CASE("a task has one outcome, however often its result arrives") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.finish(assigned);
  rig.expect_outcome(task, OutcomeKind::value);
  rig.finish(assigned, FinishKind::error);
  rig.expect_nothing();
}

TEST_CASE("no report about a cancelled attempt counts") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.cancel(task);
  rig.take<CancelAttempt>();
  rig.expect_outcome(task, OutcomeKind::cancelled, OutcomeCause::cancelled);

  rig.finish(assigned);
  rig.kill_worker(assigned);
  rig.give_back(assigned);
  rig.refuse(assigned);
  rig.observe_start(assigned);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 5);
}

TEST_CASE("facts about strangers change nothing and are counted") {
  SchedulerRig rig;
  const TaskId nobodys{DriverId{77}, 0};
  rig.step(TaskSubmitted{nobodys, CodeId{1}});
  rig.step(TaskCancelled{nobodys});
  rig.step(DriverLost{DriverId{77}});
  rig.step(ClientHeard{ClientId{77}});
  rig.step(ClientDraining{ClientId{77}});
  rig.step(ClientLost{ClientId{77}});
  rig.finish(nobodys, ClientId{77}, 1);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 7);
}

TEST_CASE("joining twice changes nothing and is counted") {
  SchedulerRig rig;
  const ClientId client = rig.join({.slots = 1});
  rig.submit_many(2);
  rig.take<AssignTask>();
  rig.step(ClientJoined{.client = client, .slots = 5});
  rig.step(DriverJoined{SchedulerRig::main_driver, 0});
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 2);
}

}  // namespace blitzen::testing
