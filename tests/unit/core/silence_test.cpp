#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

TEST_CASE("a client that says nothing for silence_max is dropped and its tasks run elsewhere") {
  SchedulerRig rig({.silence_max = 10s});
  const ClientId silent = rig.join();
  const TaskId task = rig.submit();
  rig.take<AssignTask>();
  rig.advance(10s - 1ns);
  rig.expect_nothing();
  rig.advance(1ns);
  const auto drop = rig.take<DropClient>();
  CHECK(drop.client == silent);
  CHECK(drop.reason == DropReason::silence);
  rig.join();
  CHECK(rig.take<AssignTask>().task == task);
}

TEST_CASE("any sign of life counts") {
  SchedulerRig rig({.silence_max = 10s});
  const ClientId client = rig.join({.slots = 2});
  const auto tasks = rig.submit_many(2);
  const auto assigned = rig.take_many<AssignTask>(2);
  rig.advance(9s);
  rig.step(ClientHeard{client});
  rig.advance(9s);
  rig.observe_start(assigned[0]);
  rig.advance(9s);
  rig.finish(assigned[0]);
  rig.expect_outcome(tasks[0], OutcomeKind::value);
  rig.advance(9s);
  rig.finish(assigned[0]);
  rig.advance(9s);
  rig.expect_nothing();
}

TEST_CASE("only the silent client is dropped") {
  SchedulerRig rig({.silence_max = 10s});
  const ClientId talkative = rig.join();
  const ClientId silent = rig.join();
  rig.advance(6s);
  rig.step(ClientHeard{talkative});
  rig.advance(6s);
  CHECK(rig.take<DropClient>().client == silent);
}

TEST_CASE("a client whose silence does not matter may be silent for ever") {
  SchedulerRig rig;
  rig.join({.silence_matters = false});
  CHECK_FALSE(rig.scheduler().next_deadline().has_value());
  rig.advance(24h);
  rig.expect_nothing();
}

TEST_CASE("what a dropped client still says counts for nothing") {
  SchedulerRig rig;
  const ClientId silent = rig.join();
  rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.advance(1min);
  rig.take<DropClient>();
  rig.finish(assigned);
  rig.lose(silent);
  rig.expect_nothing();
  CHECK(rig.scheduler().counters().stale_reports == 2);
  CHECK(rig.scheduler().unsettled() == 1);
}

}  // namespace blitzen::testing
