#include "apps/bench/floors/echo.hpp"
#include "apps/bench/floors/measure.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/child.hpp"

namespace blitzen::bench::floors {

Latency socket_pair_ping_pong(std::size_t rounds) {
  const Connection ends = socket_pair();
  const Child answering{[&] { echo(ends.second.get()); }};
  return time_echoes(ends.first.get(), rounds);
}

}  // namespace blitzen::bench::floors
