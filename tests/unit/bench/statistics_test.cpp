#include "apps/bench/statistics.hpp"

#include <catch2/catch.hpp>

using namespace blitzen::bench;

TEST_CASE("the median lies in the middle, whatever the order of the samples") {
  CHECK(median({3, 1, 2}) == Approx(2));
  CHECK(median({4, 1, 2, 3}) == Approx(2.5));
  CHECK(median({7}) == Approx(7));
}

TEST_CASE("latencies are given in microseconds, and few slow ones show in p99 only") {
  std::vector<std::int64_t> nanoseconds(200, 1'500);
  for (std::size_t i = 0; i < 4; ++i) nanoseconds[i] = 90'000;
  const Latency latency = latency_of(nanoseconds);
  CHECK(latency.p50 == Approx(1.5));
  CHECK(latency.p99 == Approx(90));
}
