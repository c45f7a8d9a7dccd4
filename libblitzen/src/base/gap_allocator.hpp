// Which parts of a range are taken. Knows nothing of what the range is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace blitzen::base {

struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
};

/// Hands out extents of [0, capacity), always the lowest gap that fits, so that pages in use stay in use.
class GapAllocator {
 public:
  /// A cache line.
  static constexpr std::uint64_t alignment_default = 64;

  /// Every extent starts and ends on a multiple of `alignment`.
  explicit GapAllocator(std::uint64_t capacity, std::uint64_t alignment = alignment_default)
      : capacity_(capacity), alignment_(alignment) {}

  /// Empty if no gap is large enough. With `room`, nothing else is put where the extent may be extended to so much.
  [[nodiscard]] std::optional<Extent> allocate(std::uint64_t bytes, std::uint64_t room = 0);
  /// Makes a taken extent end later, where that is still free.
  [[nodiscard]] bool extend(Extent& extent, std::uint64_t bytes);
  /// Returns it with the room that it had.
  Extent release(Extent extent);

  [[nodiscard]] bool empty() const { return taken_.empty(); }
  /// Whether nothing of [begin, end) is taken.
  [[nodiscard]] bool is_free(std::uint64_t begin, std::uint64_t end) const;

 private:
  [[nodiscard]] std::uint64_t rounded(std::uint64_t bytes) const {
    return (bytes + alignment_ - 1) / alignment_ * alignment_;
  }

  std::uint64_t capacity_;
  std::uint64_t alignment_;
  std::vector<Extent> taken_;  // with their room, by offset
};

}  // namespace blitzen::base
