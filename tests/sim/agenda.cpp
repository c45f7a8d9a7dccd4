#include "agenda.hpp"

#include <algorithm>
#include <utility>

namespace blitzen::sim {

void Agenda::at(core::TimePoint time, std::function<void()> happening) {
  entries_.push_back({std::max(time, now_), added_++, std::move(happening)});
  std::push_heap(entries_.begin(), entries_.end(), std::greater<>{});
}

bool Agenda::step() {
  if (entries_.empty()) return false;
  std::pop_heap(entries_.begin(), entries_.end(), std::greater<>{});
  const Entry entry = std::move(entries_.back());
  entries_.pop_back();
  now_ = entry.time;
  ++steps_;
  entry.happening();
  return true;
}

}  // namespace blitzen::sim
