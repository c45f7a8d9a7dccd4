#include <map>

#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a driver with many queued tasks does not make another wait for all of them") {
  SchedulerRig rig;
  const DriverId busy = rig.join_driver();
  const DriverId late = rig.join_driver();
  rig.submit_many(100'000, {}, busy);
  rig.join({.slots = 1, .prefetch_max = 0});
  const auto first = rig.take<AssignTask>();
  const TaskId task = rig.submit({}, late);
  rig.finish(first);
  rig.expect_outcome(first.task, OutcomeKind::value);

  const auto second = rig.take<AssignTask>();
  rig.finish(second);
  rig.expect_outcome(second.task, OutcomeKind::value);
  const auto third = rig.take<AssignTask>();
  CHECK((second.task == task || third.task == task));
}

TEST_CASE("drivers with queued work take turns, task by task") {
  SchedulerRig rig;
  const DriverId a = rig.join_driver();
  const DriverId b = rig.join_driver();
  const DriverId c = rig.join_driver();
  rig.submit_many(9, {}, a);
  rig.submit_many(3, {}, b);
  rig.submit_many(3, {}, c);
  rig.join({.slots = 9});
  std::map<DriverId, int> started;
  for (const auto& assigned : rig.take_many<AssignTask>(9)) ++started[assigned.task.driver];
  CHECK(started[a] == 3);
  CHECK(started[b] == 3);
  CHECK(started[c] == 3);
}

TEST_CASE("one driver's loss leaves another's tasks alone") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  rig.submit_many(2, {}, other);
  rig.submit();
  rig.step(DriverLost{SchedulerRig::main_driver});
  CHECK(rig.scheduler().unsettled() == 2);
  rig.join({.slots = 4});
  for (const auto& assigned : rig.take_many<AssignTask>(2)) CHECK(assigned.task.driver == other);
}

}  // namespace blitzen::testing
