#include "base/gap_allocator.hpp"

#include <algorithm>

namespace blitzen::base {

std::optional<Extent> GapAllocator::allocate(std::uint64_t bytes, std::uint64_t room) {
  if (bytes > capacity_ || room > capacity_) return std::nullopt;
  const std::uint64_t wanted = rounded(std::max(bytes, room));
  std::uint64_t gap = 0;
  auto next = taken_.begin();
  while (next != taken_.end() && next->offset - gap < wanted) {
    gap = next->offset + next->bytes;
    ++next;
  }
  if (capacity_ - gap < wanted) return std::nullopt;
  taken_.insert(next, {gap, wanted});
  return Extent{gap, rounded(bytes)};
}

bool GapAllocator::extend(Extent& extent, std::uint64_t bytes) {
  const auto found = std::ranges::lower_bound(taken_, extent.offset, {}, &Extent::offset);
  if (found == taken_.end() || found->offset != extent.offset || bytes > capacity_) return false;
  const auto next = found + 1;
  const std::uint64_t end = next == taken_.end() ? capacity_ : next->offset;
  if (rounded(bytes) > end - extent.offset) return false;
  found->bytes = std::max(found->bytes, rounded(bytes));
  extent.bytes = std::max(extent.bytes, rounded(bytes));
  return true;
}

Extent GapAllocator::release(Extent extent) {
  const auto found = std::ranges::lower_bound(taken_, extent.offset, {}, &Extent::offset);
  if (found == taken_.end() || found->offset != extent.offset) return extent;
  extent = *found;
  taken_.erase(found);
  return extent;
}

bool GapAllocator::is_free(std::uint64_t begin, std::uint64_t end) const {
  const auto after = std::ranges::lower_bound(taken_, end, {}, &Extent::offset);
  return after == taken_.begin() || (after - 1)->offset + (after - 1)->bytes <= begin;
}

}  // namespace blitzen::base
