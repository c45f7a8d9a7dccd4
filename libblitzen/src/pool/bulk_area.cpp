#include "pool/bulk_area.hpp"

#include <algorithm>
#include <bit>

namespace blitzen::pool {

std::optional<Extent> GapAllocator::allocate(std::uint64_t bytes) {
  if (bytes > capacity_) return std::nullopt;
  const std::uint64_t rounded = (bytes + BulkArea::alignment - 1) / BulkArea::alignment * BulkArea::alignment;
  std::uint64_t gap = 0;
  auto next = taken_.begin();
  while (next != taken_.end() && next->offset - gap < rounded) {
    gap = next->offset + next->bytes;
    ++next;
  }
  if (capacity_ - gap < rounded) return std::nullopt;
  const Extent extent{gap, rounded};
  taken_.insert(next, extent);
  return extent;
}

void GapAllocator::release(Extent extent) {
  const auto found = std::ranges::lower_bound(taken_, extent.offset, {}, &Extent::offset);
  if (found != taken_.end() && found->offset == extent.offset) taken_.erase(found);
}

std::byte* BulkArea::at(Extent extent) {
  const std::uint64_t end = extent.offset + extent.bytes;
  if (end > mapping_.size()) {
    // Doubling keeps the number of remappings small; the first step suits a typical payload.
    constexpr std::uint64_t first_step = 2 * 1024 * 1024;
    mapping_ = Mapping{};
    mapping_ = Mapping{memory_, offset_, std::min(capacity_, std::bit_ceil(std::max(end, first_step))), access_};
  }
  return mapping_.data() + extent.offset;
}

void BulkArea::discard() {
  if (mapping_.size() == 0) return;
  discard_pages(memory_, offset_, mapping_.size());
  mapping_ = Mapping{};
}

}  // namespace blitzen::pool
