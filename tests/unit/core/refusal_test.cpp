#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a task that one client refuses runs on another") {
  SchedulerRig rig;
  const ClientId narrow = rig.join();
  const TaskId task = rig.submit();
  const auto assigned = rig.take<AssignTask>();
  CHECK(assigned.client == narrow);
  const ClientId able = rig.join();
  rig.refuse(assigned);
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == able);
  CHECK(again.task == task);
}

TEST_CASE("a client that refused a code is not asked again") {
  SchedulerRig rig;
  const ClientId narrow = rig.join({.slots = 4});
  rig.submit();
  const auto assigned = rig.take<AssignTask>();
  const ClientId able = rig.join({.slots = 1, .prefetch_max = 0});
  rig.refuse(assigned);
  CHECK(rig.take<AssignTask>().client == able);
  rig.submit_many(3);
  rig.expect_nothing();
  rig.submit({.code = CodeId{2}});
  CHECK(rig.take<AssignTask>().client == narrow);
}

TEST_CASE("a client is tried again with a code some time after it refused it") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  const TaskId first = rig.submit();
  rig.refuse(rig.take<AssignTask>());
  rig.expect_outcome(first, OutcomeKind::error, OutcomeCause::no_client_can);
  rig.advance(10s);
  const TaskId second = rig.submit();
  CHECK(rig.take<AssignTask>().task == second);
}

TEST_CASE("a task that every client refuses just for now waits until one is tried again") {
  SchedulerRig rig;
  const ClientId client = rig.join({.silence_matters = false});
  const TaskId task = rig.submit();
  rig.refuse_for_now(rig.take<AssignTask>());
  rig.submit();
  rig.expect_nothing();
  rig.advance(1s);
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == client);
  CHECK(again.task == task);
}

TEST_CASE("a task that one client refuses for good and another just for now waits for that one") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit();
  const auto first = rig.take<AssignTask>();
  const ClientId able = rig.join({.silence_matters = false});
  rig.refuse(first);
  rig.refuse_for_now(rig.take<AssignTask>());
  rig.expect_nothing();
  rig.advance(1s);
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == able);
  rig.refuse(again);
  rig.expect_outcome(task, OutcomeKind::error, OutcomeCause::no_client_can);
}

TEST_CASE("when the client that refused a code just for now is lost, what nobody else can run ends in an error") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  const TaskId task = rig.submit();
  const auto first = rig.take<AssignTask>();
  const ClientId doomed = rig.join({.silence_matters = false});
  rig.refuse(first);
  rig.refuse_for_now(rig.take<AssignTask>());
  rig.lose(doomed);
  rig.advance(1s);
  rig.expect_outcome(task, OutcomeKind::error, OutcomeCause::no_client_can);
}

TEST_CASE("refusals of a client that left are forgotten without harm") {
  SchedulerRig rig;
  const ClientId narrow = rig.join({.silence_matters = false});
  const TaskId task = rig.submit();
  rig.refuse(rig.take<AssignTask>());
  rig.expect_outcome(task, OutcomeKind::error, OutcomeCause::no_client_can);
  rig.lose(narrow);
  rig.advance(20s);
  rig.expect_nothing();
}

TEST_CASE("a task that every client refuses ends in an error, and so do all queued ones of its code") {
  SchedulerRig rig;
  rig.join({.slots = 1});
  rig.join({.slots = 1});
  const DriverId other = rig.join_driver();
  const auto tasks = rig.submit_many(3);
  const TaskId others = rig.submit({}, other);
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.refuse(assigned[0]);
  rig.expect_nothing();
  rig.refuse(assigned[1]);
  CHECK(rig.take_many<ReportOutcome>(4).size() == 4);
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 0);
  CHECK(rig.scheduler().unsettled(others.driver) == 0);
  CHECK(tasks.size() == 3);
}

TEST_CASE("a task of a code that no client can run fails as soon as it is submitted") {
  SchedulerRig rig;
  rig.join();
  const TaskId first = rig.submit();
  rig.refuse(rig.take<AssignTask>());
  rig.expect_outcome(first, OutcomeKind::error, OutcomeCause::no_client_can);
  const TaskId second = rig.submit();
  rig.expect_outcome(second, OutcomeKind::error, OutcomeCause::no_client_can);
}

TEST_CASE("a client that joins gives a refused code new hope") {
  SchedulerRig rig;
  rig.join();
  const TaskId first = rig.submit();
  rig.refuse(rig.take<AssignTask>());
  rig.expect_outcome(first, OutcomeKind::error, OutcomeCause::no_client_can);
  const ClientId able = rig.join();
  rig.submit();
  CHECK(rig.take<AssignTask>().client == able);
}

TEST_CASE("a lost client's refusals vanish with it: with no client at all, tasks wait") {
  SchedulerRig rig;
  const ClientId narrow = rig.join();
  const TaskId first = rig.submit();
  rig.refuse(rig.take<AssignTask>());
  rig.expect_outcome(first, OutcomeKind::error, OutcomeCause::no_client_can);
  rig.lose(narrow);
  rig.submit();
  rig.expect_nothing();
  CHECK(rig.scheduler().unsettled() == 1);
}

TEST_CASE("when the last capable client leaves, what only it could run ends in an error") {
  SchedulerRig rig;
  rig.join({.slots = 1});
  rig.submit();
  const auto assigned = rig.take<AssignTask>();
  const ClientId able = rig.join({.slots = 1});
  rig.refuse(assigned);
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == able);
  const TaskId queued = rig.submit();
  rig.lose(able);
  rig.expect_outcome(queued, OutcomeKind::error, OutcomeCause::no_client_can);
  rig.expect_outcome(again.task, OutcomeKind::error, OutcomeCause::no_client_can);
}

TEST_CASE("a lane that a client cannot run does not block the others") {
  SchedulerRig rig;
  const ClientId narrow = rig.join({.slots = 1, .prefetch_max = 0});
  rig.submit({.code = CodeId{1}});
  const auto assigned = rig.take<AssignTask>();
  rig.join({.slots = 1, .prefetch_max = 0});
  rig.refuse(assigned);
  rig.take<AssignTask>();
  rig.submit_many(10, {.code = CodeId{1}});
  const TaskId suits = rig.submit({.code = CodeId{2}});
  const auto next = rig.take<AssignTask>();
  CHECK(next.client == narrow);
  CHECK(next.task == suits);
}

TEST_CASE("between codes, the oldest task goes first") {
  SchedulerRig rig;
  std::vector<TaskId> tasks;
  for (std::uint32_t i = 0; i < 6; ++i) tasks.push_back(rig.submit({.code = CodeId{i % 3}}));
  rig.join({.slots = 6});
  for (const TaskId& task : tasks) CHECK(rig.take<AssignTask>().task == task);
}

}  // namespace blitzen::testing
