/// \file
/// Memory for large values, and for many small ones.
#pragma once

#include <cstddef>
#include <span>
#include <utility>

namespace blitzen::detail {

/// Lets malloc have huge pages for what is allocated next, where the system has them. Otherwise a value of a mebibyte
/// is put into 256 fresh pages, and so are some thousand tasks. Each page costs a fault: as much as copying its bytes,
/// and in some virtual machines fifty times as much (docs/adr/0009). Only a hint: nothing stays allocated, and malloc
/// does as it likes. For one thread.
class HeapForecast {
 public:
  /// Smaller blocks mostly find memory that the program has used before.
  static constexpr std::size_t large_bytes_min = 256 * 1024;
  /// That many of them together do not: they are kept.
  static constexpr std::size_t small_bytes_min = 4 * 1024 * 1024;

  /// Says that about that much is allocated next, and kept for a while.
  void expect(std::size_t bytes) noexcept {
    if (bytes >= large_bytes_min) return expect_much(bytes);
    small_ += bytes;
    if (small_ >= small_bytes_min) expect_much(std::exchange(small_, 0));
  }

 private:
  void expect_much(std::size_t bytes) noexcept;
  void prepare_heap() noexcept;

  std::size_t small_ = 0;     // of blocks since the last one that was prepared for
  std::size_t prepared_ = 0;  // what malloc gives out next of what is prepared
  std::byte* end_ = nullptr;  // of it
};

/// Lets memory that was not touched yet have huge pages, if it is large. Only a hint.
void prefer_huge_pages(std::span<std::byte> memory) noexcept;

}  // namespace blitzen::detail
