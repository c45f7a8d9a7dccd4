#include "core/prefetch_window.hpp"

#include <algorithm>
#include <cmath>

namespace blitzen::core {

namespace {
/// How fast the average follows: about the last eight tasks count. One long task among short ones shrinks the window at
/// once, which is the safe side.
constexpr double newest_weight = 1.0 / 8;
}  // namespace

PrefetchWindow::PrefetchWindow(std::uint32_t slots, std::uint32_t per_slot_max, Duration horizon)
    : size_max_(std::uint64_t{slots} * per_slot_max),
      horizon_ns_(static_cast<double>(slots) * static_cast<double>(horizon.count())) {}

void PrefetchWindow::measured(Duration ran) {
  const double ran_ns = std::max(1.0, static_cast<double>(ran.count()));
  mean_ns_ = mean_ns_ == 0 ? ran_ns : mean_ns_ + (ran_ns - mean_ns_) * newest_weight;
  const double wanted = std::min(std::ceil(horizon_ns_ / mean_ns_), static_cast<double>(size_max_));
  const std::uint64_t doubled = std::max<std::uint64_t>(1, 2 * size_);
  size_ = std::min(doubled, static_cast<std::uint64_t>(wanted));
}

}  // namespace blitzen::core
