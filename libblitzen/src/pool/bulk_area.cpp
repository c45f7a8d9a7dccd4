#include "pool/bulk_area.hpp"

#include <algorithm>
#include <bit>

namespace blitzen::pool {

std::byte* BulkArea::at(Extent extent) {
  const std::uint64_t end = extent.offset + extent.bytes;
  if (end > mapping_.size()) {
    // Doubling keeps the number of remappings small; the first step suits what a worker is handed of typical payloads.
    constexpr std::uint64_t first_step = 16 * 1024 * 1024;
    const std::uint64_t bytes = std::min(capacity_, std::bit_ceil(std::max(end, first_step)));
    if (mapping_.size() == 0)
      mapping_ = Mapping{memory_, offset_, bytes, access_};
    else
      mapping_.grow(bytes);
  }
  return mapping_.data() + extent.offset;
}

void BulkArea::discard(Extent extent) noexcept { discard_pages(memory_, offset_ + extent.offset, extent.bytes); }

void BulkArea::discard() {
  if (mapping_.size() == 0) return;
  discard_pages(memory_, offset_, mapping_.size());
  mapping_ = Mapping{};
}

}  // namespace blitzen::pool
