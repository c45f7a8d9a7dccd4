// Lists without an order, from which anything is removed in O(1).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace blitzen::core {

/// Removes the entry at `position` by moving the last one there; true when one was moved. Gives memory back once the
/// list has become much smaller than it was.
template <class T>
bool remove_unordered(std::vector<T>& list, std::size_t position) {
  /// Entries below which shrinking is not worth the copying.
  constexpr std::size_t kept_entries = 1024;

  const T last = list.back();
  list.pop_back();
  const bool moved = position < list.size();
  if (moved) list[position] = last;
  if (list.capacity() > kept_entries && list.size() < list.capacity() / 4) {
    std::vector<T> smaller;
    smaller.reserve(list.capacity() / 2);
    smaller.assign(list.begin(), list.end());
    list = std::move(smaller);
  }
  return moved;
}

}  // namespace blitzen::core
