#include <limits>

#include "core/numbered_table.hpp"
#include "core/task.hpp"
#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

namespace {
constexpr std::uint64_t no_number_at_all = std::numeric_limits<std::uint64_t>::max();
}  // namespace

TEST_CASE("a driver may have task_limit unsettled tasks and no more") {
  SchedulerRig rig;
  const DriverId driver = rig.join_driver(2);
  rig.submit_many(2, {}, driver);
  rig.expect_nothing();
  const TaskId third = rig.submit({}, driver);
  const auto rejected = rig.take<RejectTask>();
  CHECK(rejected.task == third);
  CHECK(rejected.reason == RejectReason::task_limit);
  CHECK(rig.scheduler().unsettled(driver) == 2);
}

TEST_CASE("a rejected task is done with, also when there is room again") {
  SchedulerRig rig;
  const DriverId driver = rig.join_driver(1);
  rig.join();
  rig.submit({}, driver);
  const auto assigned = rig.take<AssignTask>();
  const TaskId second = rig.submit({}, driver);
  rig.take<RejectTask>();
  rig.finish(assigned);
  rig.expect_outcome(assigned.task, OutcomeKind::value);
  rig.step(TaskSubmitted{second, CodeId{1}});
  rig.expect_nothing();
  const TaskId third = rig.submit({}, driver);
  CHECK(rig.take<AssignTask>().task == third);
}

TEST_CASE("numbers that are cancelled before they were submitted leave no gap, whatever their count") {
  Scheduler scheduler;  // without a rig, which checks every invariant after every step
  Actions actions;
  const DriverId driver{0};
  const std::uint64_t next = 2 * NumberedTable<Task>::missing_max;
  scheduler.step(DriverJoined{driver, 10}, {}, actions);
  for (std::uint64_t number = 0; number < next; ++number) scheduler.step(TaskCancelled{{driver, number}}, {}, actions);
  CHECK(scheduler.counters().stale_reports == 0);
  scheduler.step(TaskSubmitted{{driver, next}, CodeId{1}}, {}, actions);
  CHECK(actions.empty());
  CHECK(scheduler.unsettled() == 1);
  scheduler.check_invariants();
}

TEST_CASE("a task whose cancellation overtook it is not run") {
  SchedulerRig rig;
  rig.join();
  const TaskId task{SchedulerRig::main_driver, 0};
  rig.step(TaskCancelled{task});
  rig.step(TaskSubmitted{task, CodeId{1}});
  rig.expect_nothing();
  rig.step(TaskCancelled{task});
  CHECK(rig.scheduler().counters().stale_reports == 1);
}

TEST_CASE("one driver's limit is not another's") {
  SchedulerRig rig;
  const DriverId limited = rig.join_driver(0);
  rig.submit({}, limited);
  rig.take<RejectTask>();
  rig.submit();
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 1);
}

TEST_CASE("a number far beyond all others is rejected instead of making room for the gap") {
  SchedulerRig rig;
  for (const std::uint64_t number : {std::uint64_t{1} << 40, no_number_at_all}) {
    rig.step(TaskSubmitted{{SchedulerRig::main_driver, number}, CodeId{1}});
    const auto rejected = rig.take<RejectTask>();
    CHECK(rejected.task.number == number);
    CHECK(rejected.reason == RejectReason::missing_many);
  }
  CHECK(rig.scheduler().unsettled() == 0);
}

}  // namespace blitzen::testing
