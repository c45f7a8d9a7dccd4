// A duration that stands for ever.
#pragma once

#include <algorithm>
#include <chrono>

namespace blitzen::base {

inline constexpr std::chrono::hours century{24 * 365 * 100};

/// A duration that is as good as for ever is cut to a century, so that adding it to a time does not overflow and mean
/// the past.
template <class Duration>
[[nodiscard]] constexpr Duration at_most_a_century(Duration duration) {
  return std::min(duration, std::chrono::duration_cast<Duration>(century));
}

}  // namespace blitzen::base
