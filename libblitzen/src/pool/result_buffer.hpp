// Where a worker puts together what a task returns.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace blitzen::pool {

class PoolLink;

/// Bytes in one piece. From the first large block on they are written where the pool will read them, so that
/// PoolLink::answer() need not copy them; if there is no room for that at once, they go to the heap, because waiting
/// for room would count as the task's time. Until then they are on the heap: many small writes straight into shared
/// memory take longer than the copy that they would spare.
class ResultBuffer {
 public:
  /// Without a link all of it is on the heap.
  explicit ResultBuffer(PoolLink* link = nullptr);
  ResultBuffer(const ResultBuffer&) = delete;
  ResultBuffer& operator=(const ResultBuffer&) = delete;
  ~ResultBuffer() { clear(); }

  /// All the memory there is, until the next grow() or clear(). The result begins where it does.
  [[nodiscard]] std::span<std::byte> room() const noexcept { return room_; }
  /// Makes room for at least `more` bytes behind the `used` ones, which are kept. Returns room(). Throws
  /// std::bad_alloc.
  std::span<std::byte> grow(std::size_t used, std::size_t more);
  /// Says how much of room() is the result.
  void set_size(std::size_t size) noexcept { size_ = size; }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return room_.first(size_); }
  /// Gives large memory back.
  void clear() noexcept;

 private:
  void end_draft() noexcept;

  static constexpr std::size_t far_bytes_kept = 4 * 1024 * 1024;

  PoolLink* link_;
  std::unique_ptr<std::byte[]> near_;
  std::unique_ptr<std::byte[]> far_;
  std::size_t far_bytes_ = 0;
  std::span<std::byte> room_;
  std::size_t size_ = 0;
  bool is_draft_ = false;  // room_ is the link's draft
};

}  // namespace blitzen::pool
