// A part of the soak: something that goes wrong on purpose, and the figures that show that no promise was broken.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/soak/figures.hpp"

namespace blitzen::soak {

/// One run of a part.
struct Trial {
  double scale = 1;  ///< 1 is what the project promises.
  std::uint64_t seed = 1;
  bool resume = false;                      ///< Go on where an earlier run was broken off, if the part can.
  std::filesystem::path directory;          ///< For its histories and logs; empty at first, and kept.
  std::filesystem::path figures_directory;  ///< Of all parts; empty: each keeps them in its own.
  Figures figures{};
  std::mt19937_64 random{seed};

  /// So many of something at full scale.
  [[nodiscard]] std::uint64_t scaled(std::uint64_t full, std::uint64_t least = 1) const {
    return std::max(least, static_cast<std::uint64_t>(std::llround(static_cast<double>(full) * scale)));
  }
  /// A number from 0 to below `count`.
  [[nodiscard]] std::size_t any_of(std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  }
};

struct Part {
  std::string name;
  std::string sentence;        ///< What happens in it, and the goal.
  std::chrono::minutes bound;  ///< It is ended when it takes longer.
  void (*run)(Trial&);
};

/// In the order of parts.txt, which says what happens in each. Throws std::runtime_error if it does not name just
/// these.
[[nodiscard]] const std::vector<Part>& all_parts();

/// Runs a part in a process of its own, and ends everything that it left. Never throws because of what the part does.
[[nodiscard]] Figures run_bounded(const Part& part, Trial trial);

// The parts, each in the file of its subject.
void kill_workers(Trial& trial);
void kill_and_freeze_clients(Trial& trial);
void kill_servers(Trial& trial);
void partition(Trial& trial);
void lose_packets(Trial& trial);
void reset_connections(Trial& trial);
void leave_half_open(Trial& trial);
void dribble(Trial& trial);
void delay(Trial& trial);
void flood(Trial& trial);
void try_to_get_in(Trial& trial);
void exhaust_descriptors(Trial& trial);
void churn(Trial& trial);
void move_the_wall_clock(Trial& trial);
void time_out(Trial& trial);
void simulate(Trial& trial);
void plant_bugs(Trial& trial);
void fuzz(Trial& trial);
void sanitize_addresses(Trial& trial);
void sanitize_threads(Trial& trial);

}  // namespace blitzen::soak
