#include <catch2/catch.hpp>
#include <csignal>

#include "pool_rig.hpp"

namespace blitzen::pool::testing {
namespace {

constexpr auto short_timeout = std::chrono::milliseconds{30};
constexpr PoolOptions impatient{.slots = 1, .grace = std::chrono::milliseconds{30}};

/// However it resists, it is told as timed out, its worker is gone, and the next task runs.
void check_that_it_ends(Function stubborn) {
  PoolRig rig{impatient};
  const auto task = rig.submit(stubborn, "", std::chrono::seconds{1});
  const auto worker = rig.await_line("blocked").at(0);
  CHECK(rig.settle(task).kind == "timed_out");
  CHECK(rig.settle(rig.submit(echo, "after")).text == "after");
  CHECK(is_gone(worker));
}

}  // namespace

TEST_CASE("a task that takes too long is told as timed out, and its worker is replaced") {
  PoolRig rig{impatient};
  const auto task = rig.submit(block, "", std::chrono::seconds{1});
  const auto after = rig.submit(echo, "after");
  const auto worker = rig.await_line("blocked").at(0);
  CHECK(rig.settle(task).kind == "timed_out");
  CHECK(rig.settle(after).text == "after");
  CHECK(is_gone(worker));
  CHECK(rig.told.size() == 2);
  CHECK(rig.idle_deaths.empty());
}

TEST_CASE("a task that ignores SIGTERM is gone after the grace period") { check_that_it_ends(block_stubbornly); }

TEST_CASE("children of a task that timed out are gone, also if they left its process group") {
  PoolRig rig{impatient};
  const auto task = rig.submit(fork_stubbornly, "", std::chrono::seconds{1});
  const auto processes = rig.await_line("blocked");
  REQUIRE(processes.size() == 3);
  CHECK(rig.settle(task).kind == "timed_out");
  rig.settle(rig.submit(echo));
  for (const pid_t process : processes) CHECK(is_gone(process));
}

TEST_CASE("a task that left its process group is ended nevertheless") { check_that_it_ends(leave_group); }

TEST_CASE("a task that stopped its zygote is ended nevertheless") { check_that_it_ends(stop_zygote); }

TEST_CASE("a zygote that is stopped again and again keeps no task alive") {
  PoolRig rig{impatient};
  const auto task = rig.submit(stop_zygote, "", std::chrono::seconds{1});
  const auto processes = rig.await_line("blocked");
  REQUIRE(processes.size() == 2);
  const auto after = rig.submit(echo, "after");
  rig.run_until([&] {
    // As a task's child could do, again and again; it may be gone already.
    ::kill(processes[1], SIGSTOP);
    return rig.was_told(after);
  });
  CHECK(rig.settle(task).kind == "timed_out");
  CHECK(rig.settle(after).text == "after");
  // Whether the zygote was replaced depends on who was quicker; the task is gone either way.
  CHECK(is_gone(processes[0]));
}

TEST_CASE("the timeout counts from the start of the task, not from its submission") {
  PoolRig rig{impatient};
  const auto first = rig.submit(block, "", short_timeout);
  const auto second = rig.submit(echo, "in time", std::chrono::seconds{20});
  CHECK(rig.settle(first).kind == "timed_out");
  CHECK(rig.settle(second).kind == "value");
}

TEST_CASE("quick tasks with a timeout do not time out") {
  PoolRig rig{{.slots = 2}};
  for (int i = 0; i < 2000; ++i) rig.submit(echo, "", std::chrono::seconds{20});
  rig.settle_all();
  for (const auto& [task, told] : rig.told) CHECK(told.kind == "value");
}

TEST_CASE("many timeouts, one after the other, leave no process and no task behind") {
  PoolRig rig{{.slots = 2, .grace = std::chrono::milliseconds{5}}};
  for (int i = 0; i < 10; ++i) rig.submit(block_stubbornly, "", short_timeout);
  rig.settle_all();
  for (const auto& [task, told] : rig.told) CHECK(told.kind == "timed_out");
}

}  // namespace blitzen::pool::testing
