// Deadlines as poll(2) wants them.
#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

namespace blitzen::base {

/// Milliseconds until `deadline`, rounded up so that it has passed when poll returns; -1 for none.
template <class TimePoint>
[[nodiscard]] int poll_timeout(const std::optional<TimePoint>& deadline, TimePoint now) {
  if (!deadline) return -1;
  if (*deadline <= now) return 0;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now).count();
  return static_cast<int>(std::min<long long>(wait, std::numeric_limits<int>::max()));
}

}  // namespace blitzen::base
