#include <deque>
#include <map>
#include <optional>

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

TEST_CASE("drivers of short tasks take turns many tasks at a time, so that those share packets") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  rig.join({.slots = 1});
  constexpr std::size_t enough = 4'000;
  rig.submit_many(enough);
  rig.submit_many(enough, {}, other);
  std::map<DriverId, std::size_t> done;
  std::size_t turns = 0;
  std::optional<DriverId> last;
  std::deque<AssignTask> held;
  for (std::size_t i = 0; i < enough; ++i) {
    for (const auto& assigned : rig.take_all<AssignTask>()) held.push_back(assigned);
    const DriverId driver = held.front().task.driver;
    rig.finish(held.front(), FinishKind::value, SchedulerRig::short_task);
    held.pop_front();
    rig.take<ReportOutcome>();
    turns += last == driver ? 0U : 1U;
    last = driver;
    ++done[driver];
  }
  static_cast<void>(rig.take_all<AssignTask>());
  CHECK(turns < enough / 2);
  CHECK(done[other] > enough / 3);
  CHECK(done[SchedulerRig::main_driver] > enough / 3);
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
