// Durations as users read them.
#pragma once

#include <chrono>
#include <string>

namespace blitzen::base {

[[nodiscard]] inline std::string seconds_text(std::chrono::milliseconds duration) {
  const auto count = duration.count();
  return count % 1000 == 0 ? std::to_string(count / 1000) + " s" : std::to_string(count) + " ms";
}

}  // namespace blitzen::base
