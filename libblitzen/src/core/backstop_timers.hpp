// Deadlines of running attempts, for the case that a client does not enforce a timeout itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "core/ids.hpp"

namespace blitzen::core {

/// A heap whose entries are not removed when their attempt ends early, but when they come up or outnumber the others.
/// `is_armed(entry)` tells whether the entry's attempt still runs.
class BackstopTimers {
 public:
  struct Entry {
    TimePoint deadline;
    TaskId task;
    Attempt attempt;
    friend bool operator>(const Entry& a, const Entry& b) { return a.deadline > b.deadline; }
  };

  void arm(const Entry& entry) {
    heap_.push_back(entry);
    std::push_heap(heap_.begin(), heap_.end(), std::greater<>{});
    ++armed_;
  }

  /// One attempt ended before its deadline.
  template <class IsArmed>
  void disarm(IsArmed&& is_armed) {
    --armed_;
    if (heap_.size() > 2 * armed_ + slack_entries) {
      std::erase_if(heap_, [&](const Entry& entry) { return !is_armed(entry); });
      std::make_heap(heap_.begin(), heap_.end(), std::greater<>{});
    }
    while (!heap_.empty() && !is_armed(heap_.front())) pop();
  }

  /// The first armed entry, if its deadline is not after `now`. The caller ends the attempt, which disarms it.
  [[nodiscard]] std::optional<Entry> due(TimePoint now) const {
    if (heap_.empty() || heap_.front().deadline > now) return std::nullopt;
    return heap_.front();
  }

  [[nodiscard]] std::optional<TimePoint> next_deadline() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().deadline;
  }

  [[nodiscard]] std::size_t armed() const { return armed_; }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

 private:
  /// Stale entries that are not worth sweeping up.
  static constexpr std::size_t slack_entries = 64;

  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), std::greater<>{});
    heap_.pop_back();
  }

  std::vector<Entry> heap_;  ///< Earliest deadline first; the first entry is always armed.
  std::size_t armed_ = 0;
};

}  // namespace blitzen::core
