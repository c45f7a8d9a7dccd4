#include "apps/bench/floors/echo.hpp"
#include "apps/bench/floors/measure.hpp"
#include "apps/bench/floors/relay.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/child.hpp"

namespace blitzen::bench::floors {

Latency relay_round_trip(std::size_t rounds) {
  const Connection driver_relay = tcp_connection();
  const Connection relay_agent = tcp_connection();
  const Connection agent_worker = socket_pair();
  const Child working{[&] { echo(agent_worker.second.get()); }};
  const Child agent{[&] { relay(relay_agent.second.get(), agent_worker.first.get()); }};
  const Child relaying{[&] { relay(driver_relay.second.get(), relay_agent.first.get()); }};
  return time_echoes(driver_relay.first.get(), rounds);
}

}  // namespace blitzen::bench::floors
