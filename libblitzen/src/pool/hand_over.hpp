// How many tasks a worker is handed at once. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "pool/channel.hpp"
#include "pool/pool.hpp"

namespace blitzen::pool {

/// A worker holds about this much work: enough to hide that handing over takes some microseconds.
inline constexpr Duration hand_over_horizon = std::chrono::milliseconds{1};
/// Tasks that take longer are never queued behind one another: what is gained is less than what it can delay.
inline constexpr Duration queue_behind_max = std::chrono::milliseconds{10};

/// The running mean of how long the calls of a function take.
class MeanDuration {
 public:
  void add(Duration ran) {
    constexpr int weight = 8;
    mean_ = mean_ ? *mean_ + (ran - *mean_) / weight : ran;
  }
  [[nodiscard]] std::optional<Duration> value() const { return mean_; }

 private:
  std::optional<Duration> mean_;
};

/// How many tasks of that mean duration a worker may hold, the executing one included.
[[nodiscard]] inline std::size_t hand_over_depth(std::optional<Duration> mean) {
  if (!mean || *mean >= queue_behind_max) return 1;
  const auto fitting = hand_over_horizon / std::max(*mean, Duration{1});
  return static_cast<std::size_t>(std::clamp<std::int64_t>(fitting, 2, handed_max));
}

}  // namespace blitzen::pool
