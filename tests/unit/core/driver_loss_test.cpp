#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a lost driver's queued tasks are forgotten and its running ones stopped, without an outcome") {
  SchedulerRig rig;
  rig.join({.slots = 2});
  rig.submit_many(5);
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.step(DriverLost{SchedulerRig::main_driver});
  CHECK(rig.take_many<CancelAttempt>(2).size() == 2);
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 0);

  rig.finish(assigned[0]);
  rig.kill_worker(assigned[1]);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 2);
}

TEST_CASE("the slots of a lost driver's tasks are free at once") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  rig.join({.slots = 1});
  rig.submit();
  rig.take<AssignTask>();
  const TaskId waiting = rig.submit({}, other);
  rig.step(DriverLost{SchedulerRig::main_driver});
  rig.take<CancelAttempt>();
  CHECK(rig.take<AssignTask>().task == waiting);
}

TEST_CASE("a lost driver's deadlines vanish") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit({.timeout = 1s});
  rig.observe_start(rig.take<AssignTask>());
  rig.step(DriverLost{SchedulerRig::main_driver});
  rig.take<CancelAttempt>();
  CHECK_FALSE(rig.scheduler().next_deadline().has_value());
}

TEST_CASE("a client may be lost after a driver whose tasks it ran") {
  SchedulerRig rig;
  const ClientId client = rig.join({.slots = 3});
  rig.submit_many(2);
  const DriverId other = rig.join_driver();
  rig.submit({}, other);
  rig.take_many<AssignTask>(3);
  rig.step(DriverLost{SchedulerRig::main_driver});
  rig.take_many<CancelAttempt>(2);
  rig.lose(client);
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 1);
}

}  // namespace blitzen::testing
