/// \file
/// Where encoded bytes go, for those who have a better place for them than a vector.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>

namespace blitzen::proto {

/// Bytes that grow at their end, in memory that the deriving class provides.
class ByteSink {
 public:
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;

  void write(const void* data, std::size_t size) {
    if (size > static_cast<std::size_t>(end_ - next_)) make_room(size);
    if (size != 0) std::memcpy(next_, data, size);
    next_ += size;
  }

  /// Writes bytes that are part of something larger which the writer keeps. A sink that knows it may refer to them
  /// instead of copying them.
  virtual void write_view(std::span<const std::byte> view) { write(view.data(), view.size()); }

  /// Everything written so far, until the next write().
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {begin_, next_}; }
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - begin_); }
  /// Forgets what was written after the first `size` bytes, of which there must be as many.
  void truncate(std::size_t size) noexcept { next_ = begin_ + size; }

 protected:
  /// Begins with `room`, which may be empty.
  explicit ByteSink(std::span<std::byte> room) noexcept
      : begin_(room.data()), next_(begin_), end_(begin_ + room.size()) {}
  ~ByteSink() = default;

  /// Calls move_to() with room for what was written and at least `size` more bytes; or throws.
  virtual void make_room(std::size_t size) = 0;

  /// `room` already begins with a copy of what was written, and is where writing goes on.
  void move_to(std::span<std::byte> room) noexcept {
    next_ = room.data() + this->size();
    begin_ = room.data();
    end_ = begin_ + room.size();
  }

 private:
  std::byte* begin_;
  std::byte* next_;
  std::byte* end_;
};

}  // namespace blitzen::proto
