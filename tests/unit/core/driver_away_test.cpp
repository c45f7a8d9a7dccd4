#include "core/numbered_table.hpp"
#include "core/task.hpp"
#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("the tasks of a driver that is away go on") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit_many(2);
  rig.step(DriverAway{SchedulerRig::main_driver, 15s});
  const auto first = rig.take<AssignTask>();
  rig.advance(14s);
  rig.finish(first);
  rig.expect_outcome(first.task, OutcomeKind::value);
  rig.take<AssignTask>();
}

TEST_CASE("a driver that is away for too long is lost") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  rig.submit_many(2);
  const auto running = rig.take<AssignTask>();
  rig.step(DriverAway{SchedulerRig::main_driver, 15s});
  rig.advance(15s);
  CHECK(rig.take<CancelAttempt>().task == running.task);
  CHECK(rig.take<DropDriver>().driver == SchedulerRig::main_driver);
  CHECK(rig.scheduler().unsettled() == 0);
}

TEST_CASE("a driver that comes back in time is not lost") {
  SchedulerRig rig;
  rig.submit();
  rig.step(DriverAway{SchedulerRig::main_driver, 15s});
  rig.advance(14s);
  rig.step(DriverBack{SchedulerRig::main_driver});
  CHECK_FALSE(rig.scheduler().next_deadline());
  rig.advance(1h);
  CHECK(rig.scheduler().unsettled() == 1);
}

TEST_CASE("numbers that a driver came back without are done with, and what came before it left goes on") {
  constexpr std::uint64_t first_task = 3 * NumberedTable<Task>::missing_max;
  SchedulerRig rig;
  const auto task = [](std::uint64_t number) { return TaskId{SchedulerRig::main_driver, number}; };
  rig.step(TaskSubmitted{.task = task(2), .code = CodeId{1}});
  rig.step(DriverAway{SchedulerRig::main_driver, 15s});
  rig.step(DriverBack{SchedulerRig::main_driver, first_task});
  rig.step(TaskSubmitted{.task = task(1), .code = CodeId{1}});
  rig.step(TaskSubmitted{.task = task(first_task - 1), .code = CodeId{1}});
  rig.step(TaskSubmitted{.task = task(first_task), .code = CodeId{1}});  // and none below counts as missing
  CHECK(rig.scheduler().unsettled() == 2);
  rig.join({.slots = 3});
  const auto assigned = rig.take_many<AssignTask>(2);
  CHECK(assigned[0].task == task(2));
  CHECK(assigned[1].task == task(first_task));
}

TEST_CASE("of several drivers that are away each has its own time") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  rig.step(DriverAway{SchedulerRig::main_driver, 20s});
  rig.step(DriverAway{other, 10s});
  rig.advance(10s);
  CHECK(rig.take<DropDriver>().driver == other);
  rig.advance(10s);
  CHECK(rig.take<DropDriver>().driver == SchedulerRig::main_driver);
}

TEST_CASE("no task of a congested driver is started until it is congested no more") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  rig.submit_many(2);
  rig.step(DriverCongested{SchedulerRig::main_driver, true});
  rig.join({.slots = 3});
  rig.expect_nothing();
  const TaskId task = rig.submit({}, other);
  CHECK(rig.take<AssignTask>().task == task);
  rig.step(DriverCongested{SchedulerRig::main_driver, false});
  rig.take_many<AssignTask>(2);
}

TEST_CASE("what no client can run is given up for a congested driver as well") {
  SchedulerRig rig;
  rig.join();
  rig.submit_many(2);
  const auto assigned = rig.take<AssignTask>();
  rig.step(DriverCongested{SchedulerRig::main_driver, true});
  rig.refuse(assigned);
  rig.take_many<ReportOutcome>(2);
  CHECK(rig.scheduler().unsettled() == 0);
}

TEST_CASE("a driver may begin with any number: lower ones are done with") {
  SchedulerRig rig;
  const DriverId driver{7};
  rig.step(DriverJoined{driver, 10, 5'000'000'000});
  rig.step(TaskSubmitted{{driver, 4'999'999'999}, CodeId{1}});
  CHECK(rig.scheduler().unsettled(driver) == 0);
  rig.step(TaskSubmitted{{driver, 5'000'000'000}, CodeId{1}});
  CHECK(rig.scheduler().unsettled(driver) == 1);
}

}  // namespace blitzen::testing
