#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("the tasks of a lost client run elsewhere, before younger ones and in their order") {
  SchedulerRig rig;
  const ClientId doomed = rig.join({.slots = 3});
  const auto tasks = rig.submit_many(5);
  rig.take_many<AssignTask>(3);
  rig.lose(doomed);
  rig.expect_nothing();
  rig.join({.slots = 5});
  const auto again = rig.take_many<AssignTask>(5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(again[i].task == tasks[i]);
    CHECK(again[i].attempt == (i < 3 ? 2U : 1U));
  }
}

TEST_CASE("a result from a client that was lost is dropped") {
  SchedulerRig rig;
  const ClientId doomed = rig.join();
  const TaskId task = rig.submit();
  const auto first = rig.take<AssignTask>();
  rig.lose(doomed);
  rig.join();
  const auto second = rig.take<AssignTask>();
  rig.finish(first);
  rig.expect_nothing();
  rig.finish(second);
  rig.expect_outcome(task, OutcomeKind::value);
}

TEST_CASE("a lost client charges no task") {
  SchedulerRig rig;
  const TaskId task = rig.submit({.worker_deaths_max = 2});
  for (int i = 0; i < 10; ++i) {
    const ClientId doomed = rig.join();
    rig.take<AssignTask>();
    rig.lose(doomed);
  }
  rig.join();
  rig.finish(rig.take<AssignTask>());
  rig.expect_outcome(task, OutcomeKind::value);
}

TEST_CASE("a lost client's task that must not start twice gets an error, because it may have been started") {
  SchedulerRig rig;
  const ClientId doomed = rig.join({.slots = 2});
  const TaskId once = rig.submit({.worker_deaths_max = 1});
  const TaskId task = rig.submit();
  const auto first = rig.take_many<AssignTask>(2).front();
  rig.lose(doomed);
  rig.expect_outcome(once, OutcomeKind::error, OutcomeCause::client_lost);
  rig.join({.slots = 2});
  CHECK(rig.take<AssignTask>().task == task);
  rig.finish(first);
  rig.expect_nothing();
}

TEST_CASE("a task that must not start twice runs elsewhere if its client handed it back before it was lost") {
  SchedulerRig rig;
  const ClientId leaving = rig.join();
  const TaskId once = rig.submit({.worker_deaths_max = 1});
  const auto assigned = rig.take<AssignTask>();
  rig.drain(leaving);
  rig.give_back(assigned);
  rig.lose(leaving);
  rig.expect_nothing();
  rig.join();
  rig.finish(rig.take<AssignTask>());
  rig.expect_outcome(once, OutcomeKind::value);
}

TEST_CASE("the tasks of a lost client go to their own drivers' queues") {
  SchedulerRig rig;
  const DriverId other = rig.join_driver();
  const ClientId doomed = rig.join({.slots = 4});
  rig.submit_many(2);
  rig.submit_many(2, {}, other);
  rig.take_many<AssignTask>(4);
  rig.lose(doomed);
  CHECK(rig.scheduler().unsettled(SchedulerRig::main_driver) == 2);
  CHECK(rig.scheduler().unsettled(other) == 2);
  rig.join({.slots = 4});
  for (const auto& assigned : rig.take_many<AssignTask>(4)) CHECK(assigned.attempt == 2);
}

}  // namespace blitzen::testing
