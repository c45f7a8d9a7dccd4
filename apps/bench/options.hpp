// The command line of blitzen-bench.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "blitzen/distributed_dispatcher.hpp"

namespace blitzen::bench {

/// How much to measure.
struct Settings {
  int workers = 2;
  int reps = 5;
  bool quick = false;

  /// With --quick, far fewer.
  [[nodiscard]] std::size_t count(std::size_t full) const {
    constexpr std::size_t quick_divisor = 100;
    return quick ? std::max<std::size_t>(full / quick_divisor, 1) : full;
  }
};

/// This program as one of many drivers, started by itself.
struct DriverRole {
  std::uint16_t port = 0;
  std::filesystem::path key_file;
  std::size_t tasks = 0;
};

struct BenchProgram {
  Settings settings;
  std::vector<std::string> only;  ///< Ids of workloads; empty: all.
  bool list = false;
  bool json = false;
  bool require_goals = false;
  std::optional<DriverRole> driver;
};

/// Throws UsageError or Answer.
[[nodiscard]] BenchProgram parse_bench_options(int argc, const char* const* argv);

/// The command line that makes this program a driver.
[[nodiscard]] std::vector<std::string> arguments_of(const DriverRole& role);

}  // namespace blitzen::bench
