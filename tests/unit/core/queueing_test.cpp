#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a task waits until a client joins") {
  SchedulerRig rig;
  const TaskId task = rig.submit();
  rig.expect_nothing();
  const ClientId client = rig.join();
  const auto assigned = rig.take<AssignTask>();
  CHECK(assigned.task == task);
  CHECK(assigned.client == client);
  CHECK(assigned.attempt == 1);
}

TEST_CASE("a client gets as many tasks as it has slots") {
  SchedulerRig rig;
  rig.join({.slots = 3});
  rig.submit_many(5);
  rig.take_many<AssignTask>(3);
  rig.expect_nothing();
}

TEST_CASE("tasks of a driver start in the order they came") {
  SchedulerRig rig;
  const auto tasks = rig.submit_many(5);
  rig.join({.slots = 1, .prefetch_max = 0});
  for (const TaskId& task : tasks) {
    const auto assigned = rig.take<AssignTask>();
    CHECK(assigned.task == task);
    rig.finish(assigned);
    rig.expect_outcome(task, OutcomeKind::value);
  }
}

TEST_CASE("few tasks are spread over the clients") {
  SchedulerRig rig;
  for (int i = 0; i < 4; ++i) rig.join({.slots = 8});
  rig.submit_many(4);
  std::vector<ClientId> clients;
  for (const auto& assigned : rig.take_many<AssignTask>(4)) clients.push_back(assigned.client);
  CHECK(clients == std::vector{ClientId{1}, ClientId{2}, ClientId{3}, ClientId{4}});
}

TEST_CASE("many tasks go out in batches, one client after the other") {
  SchedulerRig rig;
  rig.join({.slots = 8});
  rig.join({.slots = 8});
  rig.submit_many(100);
  const auto assigned = rig.take_many<AssignTask>(16);
  for (std::size_t i = 0; i < 16; ++i) CHECK(assigned[i].client == ClientId{i < 8 ? 1U : 2U});
}

TEST_CASE("submitting a number again changes nothing") {
  SchedulerRig rig;
  const TaskId task = rig.submit();
  rig.step(TaskSubmitted{task, CodeId{1}});
  CHECK(rig.scheduler().unsettled() == 1);

  rig.join();
  const auto assigned = rig.take<AssignTask>();
  rig.step(TaskSubmitted{task, CodeId{1}});
  rig.expect_nothing();

  rig.finish(assigned);
  rig.expect_outcome(task, OutcomeKind::value);
  rig.step(TaskSubmitted{task, CodeId{1}});
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().submitted == 1);
  CHECK(rig.scheduler().unsettled() == 0);
}

TEST_CASE("numbers that were skipped may come later") {
  SchedulerRig rig;
  rig.join();
  rig.step(TaskSubmitted{{SchedulerRig::main_driver, 5000}, CodeId{1}});
  const auto first = rig.take<AssignTask>();
  rig.step(TaskSubmitted{{SchedulerRig::main_driver, 3}, CodeId{1}});
  rig.finish(first);
  rig.expect_outcome(first.task, OutcomeKind::value);
  CHECK(rig.take<AssignTask>().task.number == 3);
}

TEST_CASE("a cancelled task that is queued never starts") {
  SchedulerRig rig;
  const auto tasks = rig.submit_many(3);
  rig.cancel(tasks[1]);
  rig.expect_outcome(tasks[1], OutcomeKind::cancelled, OutcomeCause::cancelled);
  rig.join({.slots = 3});
  CHECK(rig.take<AssignTask>().task == tasks[0]);
  CHECK(rig.take<AssignTask>().task == tasks[2]);
}

TEST_CASE("a cancelled task that runs is stopped") {
  SchedulerRig rig;
  const ClientId client = rig.join();
  const TaskId task = rig.submit();
  rig.take<AssignTask>();
  rig.cancel(task);
  CHECK(rig.take<CancelAttempt>().client == client);
  rig.expect_outcome(task, OutcomeKind::cancelled, OutcomeCause::cancelled);
}

TEST_CASE("cancelling a settled task is too late and changes nothing") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  rig.finish(rig.take<AssignTask>());
  rig.expect_outcome(task, OutcomeKind::value);
  rig.cancel(task);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 1);
}

TEST_CASE("an exception is an outcome, not a reason to try again") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  rig.finish(rig.take<AssignTask>(), FinishKind::error);
  rig.expect_outcome(task, OutcomeKind::error);
}

}  // namespace blitzen::testing
