// How much unstarted work a client is handed.
#pragma once

#include <cstdint>

#include "core/ids.hpp"

namespace blitzen::core {

/// A client should find its next task at hand when a slot falls free, instead of waiting for a round trip. So it gets
/// as many tasks on top of its slots as it is expected to finish within `horizon`: thousands when they take
/// microseconds, one for the whole client when they take much longer than the horizon. That one may queue behind a long
/// task; it is recalled as soon as another client has an idle slot.
///
/// Nothing is handed out ahead until a task was measured, and each measurement at most doubles it: one short sample
/// floods nobody, and twenty reach any window.
class PrefetchWindow {
 public:
  PrefetchWindow(std::uint32_t slots, std::uint32_t per_slot_max, Duration horizon);

  /// A task took this long from start to end.
  void measured(Duration ran);
  /// Tasks to hold unstarted.
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t size_max_;
  double horizon_ns_;   ///< Summed over all slots.
  double mean_ns_ = 0;  ///< Moving average; 0 before the first measurement.
  std::uint64_t size_ = 0;
};

}  // namespace blitzen::core
