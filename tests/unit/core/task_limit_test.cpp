#include <limits>

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
  CHECK(rig.take<RejectTask>().task == third);
  CHECK(rig.scheduler().unsettled(driver) == 2);
}

TEST_CASE("a rejected task may be submitted again once there is room") {
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
  CHECK(rig.take<AssignTask>().task == second);
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
    CHECK(rig.take<RejectTask>().task.number == number);
  }
  CHECK(rig.scheduler().unsettled() == 0);
}

}  // namespace blitzen::testing
