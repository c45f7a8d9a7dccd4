#include "apps/bench/floors/floors.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t rounds = 5'000;
constexpr std::size_t frames = 2'000'000;
constexpr std::size_t requests = 200;

}  // namespace

double Floors::keep(const RowTitle& title, double figure) {
  Row*& row = rows_[title.id + title.title];
  if (row == nullptr) row = &report_.add_floor(title);
  row->add(figure);
  return figure;
}

Latency Floors::keep(const std::string& id, const std::string& title, Latency latency) {
  keep({.id = id, .title = title + ", p50", .unit = "µs"}, latency.p50);
  keep({.id = id, .title = title + ", p99", .unit = "µs"}, latency.p99);
  return latency;
}

Latency Floors::futex_ping_pong() {
  return keep("F1", "futex ping-pong", floors::futex_ping_pong(settings_.count(rounds)));
}

Latency Floors::socket_pair_ping_pong() {
  return keep("F2", "socketpair ping-pong", floors::socket_pair_ping_pong(settings_.count(rounds)));
}

Latency Floors::relay_round_trip() {
  return keep("F3", "three-hop relay", floors::relay_round_trip(settings_.count(rounds)));
}

double Floors::relay_throughput() {
  const RowTitle one{"F4", "batched two-hop relay, one block at a time", "tasks/s", Better::higher};
  const RowTitle many{"F4", "the same, block after block without waiting", "tasks/s", Better::higher};
  keep(many, floors::relay_throughput(settings_.count(frames), floors::Between::sends));
  return keep(one, floors::relay_throughput(settings_.count(frames), floors::Between::waits));
}

double Floors::payload_relay() {
  return keep({.id = "F5", .title = "1 MiB through a relay and back", .unit = "MiB/s", .better = Better::higher},
              floors::payload_relay(settings_.count(requests)));
}

double Floors::memory_copy() {
  return keep({.id = "F6", .title = "memcpy", .unit = "MiB/s", .better = Better::higher}, floors::memory_copy());
}

}  // namespace blitzen::bench
