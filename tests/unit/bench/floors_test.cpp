#include <catch2/catch.hpp>

#include "apps/bench/floors/measure.hpp"

using namespace blitzen::bench;

// Each floor checks what comes back and throws when it is wrong.
TEST_CASE("every floor comes to an end and measures something") {
  constexpr std::size_t few = 20;
  for (const auto measure : {floors::futex_ping_pong, floors::socket_pair_ping_pong, floors::relay_round_trip}) {
    const Latency latency = measure(few);
    CHECK(latency.p50 > 0);
    CHECK(latency.p99 >= latency.p50);
  }
  CHECK(floors::payload_relay(few) > 0);
  CHECK(floors::memory_copy() > 0);
}

TEST_CASE("the batched relay brings every frame back, whether or not they fill blocks") {
  for (const std::size_t frames : {1U, 1024U, 1025U, 50'000U}) {
    CHECK(floors::relay_throughput(frames, floors::Between::waits) > 0);
    CHECK(floors::relay_throughput(frames, floors::Between::sends) > 0);
  }
}
