// Room for payloads that are too large for a ring: a range of shared memory, handed out by its producer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/gap_allocator.hpp"
#include "pool/shared_memory.hpp"

namespace blitzen::pool {

using base::Extent;
using base::GapAllocator;

/// One side's view of a bulk area. Maps only as much as was ever used.
class BulkArea {
 public:
  /// `memory` must stay open as long as the area lives.
  BulkArea(int memory, std::uint64_t offset, std::uint64_t capacity, Access access = Access::read_and_write)
      : memory_(memory), offset_(offset), capacity_(capacity), access_(access) {}

  /// Whether the extent lies inside the area; an extent that a worker names must be asked about first.
  [[nodiscard]] bool contains(Extent extent) const {
    return extent.offset <= capacity_ && extent.bytes <= capacity_ - extent.offset;
  }
  /// Where the extent is in this process, until the next call. Throws std::system_error if it cannot be mapped; what
  /// was said before then still holds.
  [[nodiscard]] std::byte* at(Extent extent);
  /// How much was ever used since the last discard().
  [[nodiscard]] std::size_t mapped_bytes() const { return mapping_.size(); }
  /// Gives the extent's memory back.
  void discard(Extent extent) noexcept;
  /// Gives all memory back. Nothing in the area may be in use.
  void discard();

 private:
  int memory_;
  std::uint64_t offset_;
  std::uint64_t capacity_;
  Access access_;
  Mapping mapping_;
};

}  // namespace blitzen::pool
