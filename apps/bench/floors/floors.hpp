// Measures floors for the workloads and keeps what it measured for the report.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "apps/bench/floors/measure.hpp"
#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"

namespace blitzen::bench {

class Floors {
 public:
  Floors(const Settings& settings, Report& report) : settings_(settings), report_(report) {}

  [[nodiscard]] Latency futex_ping_pong();        ///< F1
  [[nodiscard]] Latency socket_pair_ping_pong();  ///< F2
  [[nodiscard]] Latency relay_round_trip();       ///< F3
  [[nodiscard]] double relay_throughput();        ///< F4
  [[nodiscard]] double payload_relay();           ///< F5
  [[nodiscard]] double memory_copy();             ///< F6

 private:
  Latency keep(const std::string& id, const std::string& title, Latency latency);
  double keep(const RowTitle& title, double figure);

  const Settings& settings_;
  Report& report_;
  std::map<std::string, Row*> rows_;  ///< By id and title.
};

}  // namespace blitzen::bench
