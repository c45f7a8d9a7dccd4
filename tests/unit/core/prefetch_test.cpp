#include <deque>

#include "core/prefetch_window.hpp"
#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

namespace {

/// Runs `count` tasks of one duration on the only client, while more are queued than it can ever hold.
std::size_t in_flight_after(SchedulerRig& rig, std::size_t count, Duration ran) {
  std::deque<AssignTask> held;
  rig.submit_many(20'000);
  for (std::size_t finished = 0; finished < count; ++finished) {
    for (auto& assigned : rig.take_all<AssignTask>()) held.push_back(assigned);
    rig.finish(held.front(), FinishKind::value, ran);
    held.pop_front();
    rig.take<ReportOutcome>();
  }
  return held.size() + rig.take_all<AssignTask>().size();
}

}  // namespace

TEST_CASE("nothing is handed out ahead before a task was measured") {
  SchedulerRig rig;
  rig.join({.slots = 2});
  rig.submit_many(100);
  rig.take_many<AssignTask>(2);
  rig.expect_nothing();
}

TEST_CASE("a client is handed what it finishes within the horizon") {
  SchedulerRig rig({.prefetch_horizon = 5ms});
  rig.join({.slots = 2});
  CHECK(in_flight_after(rig, 50, 100us) == 2 + 2 * 50);
}

TEST_CASE("a client that runs long tasks is handed one ahead") {
  SchedulerRig rig({.prefetch_horizon = 5ms});
  rig.join({.slots = 4});
  CHECK(in_flight_after(rig, 20, 10s) == 4 + 1);
}

TEST_CASE("no client is handed more ahead than prefetch_max per slot") {
  SchedulerRig rig;
  rig.join({.slots = 2, .prefetch_max = 10});
  CHECK(in_flight_after(rig, 50, 1us) == 2 + 20);
}

TEST_CASE("a client without prefetch is handed one task per slot") {
  SchedulerRig rig;
  rig.join({.slots = 2, .prefetch_max = 0});
  CHECK(in_flight_after(rig, 50, 1us) == 2);
}

TEST_CASE("one short task does not flood a client: each measurement at most doubles what it holds ahead") {
  SchedulerRig rig;
  rig.join({.slots = 1});
  CHECK(in_flight_after(rig, 1, 1us) == 1 + 1);
}

TEST_CASE("a long task among short ones shrinks what is handed out ahead at once") {
  PrefetchWindow window(2, 4096, 5ms);
  for (int i = 0; i < 30; ++i) window.measured(10us);
  CHECK(window.size() == 1000);
  window.measured(10s);
  CHECK(window.size() == 1);
}

TEST_CASE("nonsense durations are survived") {
  PrefetchWindow window(2, 10, 5ms);
  window.measured(Duration::min());
  window.measured(Duration::max());
  window.measured(Duration::zero());
  CHECK(window.size() <= 20);
}

TEST_CASE("idle slots come before anybody's prefetch") {
  SchedulerRig rig;
  const ClientId busy = rig.join({.slots = 1});
  rig.submit_many(2);
  const auto first = rig.take<AssignTask>();
  rig.finish(first, FinishKind::value, SchedulerRig::short_task);
  rig.take<ReportOutcome>();
  CHECK(rig.take<AssignTask>().client == busy);
  const ClientId idle = rig.join({.slots = 1});
  rig.submit_many(2);
  CHECK(rig.take<AssignTask>().client == idle);
  CHECK(rig.take<AssignTask>().client == busy);
}

}  // namespace blitzen::testing
