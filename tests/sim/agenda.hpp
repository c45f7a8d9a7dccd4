// What is going to happen in a simulated world, and its clock.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/ids.hpp"

namespace blitzen::sim {

/// Nothing happens but what stands here, in the order of its times; of what has the same time, the first to be added
/// first.
class Agenda {
 public:
  Agenda() = default;
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  [[nodiscard]] core::TimePoint now() const { return now_; }
  void at(core::TimePoint time, std::function<void()> happening);
  void after(core::Duration delay, std::function<void()> happening) { at(now_ + delay, std::move(happening)); }
  /// Lets the next thing happen. False when there is none.
  bool step();
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  struct Entry {
    core::TimePoint time;
    std::uint64_t order;
    std::function<void()> happening;
    friend bool operator>(const Entry& a, const Entry& b) {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };

  core::TimePoint now_{std::chrono::hours{1000}};
  std::uint64_t added_ = 0;
  std::uint64_t steps_ = 0;
  std::vector<Entry> entries_;  ///< A heap, the next one first.
};

}  // namespace blitzen::sim
