#include "apps/bench/core_scale.hpp"

#include <catch2/catch.hpp>

using namespace blitzen::bench;

// Both throw when a task gets no outcome.
TEST_CASE("every task of the simulated clients is settled") {
  CHECK(core_tasks_per_second({.count = 3, .slots = 4}, 5'000) > 0);
  CHECK(core_ns_per_task({.count = 3, .slots = 4}, 100, 2'000) > 0);
}
