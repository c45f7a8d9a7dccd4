#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a draining client gets no new tasks") {
  SchedulerRig rig;
  const ClientId client = rig.join({.slots = 2});
  rig.drain(client);
  rig.submit();
  rig.expect_nothing();
}

TEST_CASE("what a draining client hands back runs elsewhere, first") {
  SchedulerRig rig;
  const ClientId leaving = rig.join({.slots = 1});
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.submit();
  rig.drain(leaving);
  rig.give_back(assigned);
  rig.expect_nothing();
  rig.join({.slots = 1});
  const auto again = rig.take<AssignTask>();
  CHECK(again.task == task);
  CHECK(again.attempt == 2);
}

TEST_CASE("a draining client may finish what it started") {
  SchedulerRig rig;
  const ClientId leaving = rig.join();
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.drain(leaving);
  rig.finish(assigned);
  rig.expect_outcome(task, OutcomeKind::value);
}

TEST_CASE("nothing is recalled from or for a draining client") {
  SchedulerRig rig;
  const ClientId leaving = rig.join({.slots = 4});
  rig.drain(leaving);
  rig.join({.slots = 1});
  rig.submit();
  rig.finish(rig.take<AssignTask>(), FinishKind::value, SchedulerRig::short_task);
  rig.take<ReportOutcome>();
  rig.submit_many(2);
  rig.take_many<AssignTask>(2);
  rig.expect_nothing();
}

TEST_CASE("a draining client's worker may die, and its refusals count for nothing") {
  SchedulerRig rig;
  const ClientId leaving = rig.join({.slots = 2});
  rig.submit_many(2);
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.drain(leaving);
  rig.kill_worker(assigned[0]);
  rig.take<RecordDeath>();
  rig.refuse(assigned[1]);
  rig.expect_nothing();
  rig.join({.slots = 2});
  rig.take_many<AssignTask>(2);
}

TEST_CASE("a draining client that goes silent is dropped") {
  SchedulerRig rig;
  rig.drain(rig.join());
  rig.advance(1min);
  rig.take<DropClient>();
}

}  // namespace blitzen::testing
