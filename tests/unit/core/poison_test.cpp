#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a task whose workers died three times is poisoned") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit();
  for (int death = 1; death <= 3; ++death) {
    rig.kill_worker(rig.take<AssignTask>());
    CHECK(rig.take<RecordDeath>().task == task);
  }
  rig.expect_outcome(task, OutcomeKind::poisoned, OutcomeCause::worker_deaths);
}

TEST_CASE("with worker_deaths_max 1 a task is never tried again") {
  SchedulerRig rig;
  rig.join();
  const TaskId task = rig.submit({.worker_deaths_max = 1});
  rig.kill_worker(rig.take<AssignTask>());
  rig.take<RecordDeath>();
  rig.expect_outcome(task, OutcomeKind::poisoned, OutcomeCause::worker_deaths);
}

TEST_CASE("the death of a worker charges only the task it executed") {
  SchedulerRig rig;
  rig.join({.slots = 2});
  const auto tasks = rig.submit_many(2, {.worker_deaths_max = 1});
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.kill_worker(assigned[0]);
  rig.take<RecordDeath>();
  rig.expect_outcome(tasks[0], OutcomeKind::poisoned, OutcomeCause::worker_deaths);
  rig.finish(assigned[1]);
  rig.expect_outcome(tasks[1], OutcomeKind::value);
}

TEST_CASE("a task that killed its worker is tried again before younger ones") {
  SchedulerRig rig;
  rig.join({.slots = 1, .prefetch_max = 0});
  const auto tasks = rig.submit_many(3);
  rig.kill_worker(rig.take<AssignTask>());
  rig.take<RecordDeath>();
  const auto again = rig.take<AssignTask>();
  CHECK(again.task == tasks[0]);
  CHECK(again.attempt == 2);
}

TEST_CASE("deaths count over all clients") {
  SchedulerRig rig;
  const TaskId task = rig.submit({.worker_deaths_max = 2});
  const ClientId first = rig.join();
  rig.kill_worker(rig.take<AssignTask>());
  rig.take<RecordDeath>();
  rig.take<AssignTask>();
  rig.lose(first);
  rig.join();
  rig.kill_worker(rig.take<AssignTask>());
  rig.take<RecordDeath>();
  rig.expect_outcome(task, OutcomeKind::poisoned, OutcomeCause::worker_deaths);
}

}  // namespace blitzen::testing
