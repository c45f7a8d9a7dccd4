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

/// Waking a worker costs both sides some microseconds. Less work than this is left to those who are awake.
inline constexpr Duration waking_worth = std::chrono::microseconds{10};
/// Work that was left to others waits no longer than this: tasks of one function may differ.
inline constexpr Duration unspread_max = std::chrono::microseconds{200};

/// Whether so many tasks of that mean duration are worth waking a worker for.
[[nodiscard]] inline bool worth_waking(std::size_t tasks, std::optional<Duration> mean) {
  return !mean || static_cast<std::int64_t>(tasks) * *mean >= waking_worth;
}

/// How many workers so many tasks of that mean duration are worth.
[[nodiscard]] inline std::size_t workers_worth(std::size_t tasks, std::optional<Duration> mean) {
  if (!mean || *mean >= waking_worth) return tasks;
  return std::min<std::size_t>(tasks, 1 + tasks * static_cast<std::size_t>(mean->count()) / waking_worth.count());
}

}  // namespace blitzen::pool
