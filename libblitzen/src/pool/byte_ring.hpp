// Records of different sizes in a ring of bytes. Positions only grow; where they point wraps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace blitzen::pool {

/// Every record starts and ends on a multiple of this.
inline constexpr std::size_t record_alignment = 8;

[[nodiscard]] constexpr std::size_t record_bytes(std::size_t header, std::size_t content) {
  return (header + content + record_alignment - 1) / record_alignment * record_alignment;
}

/// Where a record lies: [begin, end), in one piece.
struct RecordPlace {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// A record begins with its size as 32 bits. A size of 0 means that the next record is at the start of the ring,
/// because it did not fit before the end. A ring is all that two processes share: who produces and who consumes keep
/// their positions themselves.
class ByteRing {
 public:
  ByteRing(std::byte* memory, std::size_t capacity) : memory_(memory), capacity_(capacity) {}

  [[nodiscard]] std::byte* at(std::uint64_t position) const { return memory_ + position % capacity_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Whether [begin, begin + bytes) does not wrap.
  [[nodiscard]] bool in_one_piece(std::uint64_t begin, std::uint64_t bytes) const {
    return bytes <= capacity_ - begin % capacity_;
  }

  /// Producer: makes place for a record after `tail` when everything before `head` was consumed. Empty: no room now.
  [[nodiscard]] std::optional<RecordPlace> place(std::uint64_t head, std::uint64_t tail, std::size_t bytes) const {
    const std::uint64_t begin = in_one_piece(tail, bytes) ? tail : next_lap(tail);
    if (begin + bytes - head > capacity_) return std::nullopt;
    if (begin != tail) write_size(tail, 0);
    return RecordPlace{begin, begin + bytes};
  }
  void write_size(std::uint64_t position, std::uint32_t bytes) const {
    std::memcpy(at(position), &bytes, sizeof bytes);
  }

  /// Consumer: where the record at or after `position` begins.
  [[nodiscard]] std::uint64_t record_at(std::uint64_t position) const {
    std::uint32_t bytes = 0;
    std::memcpy(&bytes, at(position), sizeof bytes);
    return bytes == 0 ? next_lap(position) : position;
  }

 private:
  [[nodiscard]] std::uint64_t next_lap(std::uint64_t position) const { return (position / capacity_ + 1) * capacity_; }

  std::byte* memory_;
  std::size_t capacity_;
};

}  // namespace blitzen::pool
