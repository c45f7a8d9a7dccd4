// Times rounds one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "apps/bench/statistics.hpp"
#include "apps/bench/system/calls.hpp"

namespace blitzen::bench {

/// Before those that count, so that caches, branch predictors and page tables are warm, as they are for the workloads.
inline constexpr std::size_t rounds_to_warm_up = 200;

template <class Round>
[[nodiscard]] Latency time_rounds(std::size_t rounds, Round round) {
  for (std::size_t i = 0; i < rounds_to_warm_up; ++i) round();
  std::vector<std::int64_t> times;
  times.reserve(rounds);
  for (std::size_t i = 0; i < rounds; ++i) {
    const auto begin = now_ns();
    round();
    times.push_back(now_ns() - begin);
  }
  return latency_of(times);
}

}  // namespace blitzen::bench
