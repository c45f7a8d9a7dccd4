#include "pool/hand_over.hpp"

#include <catch2/catch.hpp>

namespace blitzen::pool {

using namespace std::chrono_literals;

TEST_CASE("tasks of unknown duration are handed over one at a time") { CHECK(hand_over_depth(std::nullopt) == 1); }

TEST_CASE("quick tasks are handed over in batches") {
  CHECK(hand_over_depth(0ns) == handed_max);
  CHECK(hand_over_depth(200ns) == handed_max);
  CHECK(hand_over_depth(10us) == 100);
}

TEST_CASE("one task is queued behind another, unless they are long") {
  CHECK(hand_over_depth(2ms) == 2);
  CHECK(hand_over_depth(9ms) == 2);
  CHECK(hand_over_depth(10ms) == 1);
  CHECK(hand_over_depth(1h) == 1);
}

TEST_CASE("a worker is woken for work that takes longer than waking it") {
  CHECK(worth_waking(1, std::nullopt));
  CHECK(worth_waking(1, 10us));
  CHECK(worth_waking(100, 100ns));
  CHECK_FALSE(worth_waking(99, 100ns));
  CHECK_FALSE(worth_waking(0, 1h));
}

TEST_CASE("as many workers are used as the work is worth, and never more than there are tasks") {
  CHECK(workers_worth(32, 100ns) == 1);
  CHECK(workers_worth(250, 100ns) == 3);
  CHECK(workers_worth(3, 9us) == 3);
  CHECK(workers_worth(5, 1s) == 5);
  CHECK(workers_worth(5, std::nullopt) == 5);
  CHECK(workers_worth(0, 100ns) == 0);
}

TEST_CASE("the mean duration follows what is measured") {
  MeanDuration mean;
  CHECK_FALSE(mean.value());
  mean.add(8ms);
  CHECK(mean.value() == 8ms);
  mean.add(16ms);
  CHECK(mean.value() == 9ms);
}

}  // namespace blitzen::pool
