/// \file
/// Memory for large values that are decoded.
#pragma once

#include <cstddef>
#include <span>

namespace blitzen::detail {

/// Lets malloc have huge pages for values that are decoded one after another, where the system has them. Otherwise a
/// value of a mebibyte is put into 256 fresh pages, each of which costs a fault: as much as copying the bytes, and in
/// some virtual machines fifty times as much (docs/adr/0009).
/// Only a hint: nothing stays allocated, and malloc does as it likes. For one thread.
class ValueMemory {
 public:
  /// Smaller values mostly find memory that the program has used before.
  static constexpr std::size_t value_bytes_min = 256 * 1024;

  /// Says that a value of about that size is decoded next.
  void expect(std::size_t bytes) noexcept {
    if (bytes >= value_bytes_min) expect_large(bytes);
  }

 private:
  void expect_large(std::size_t bytes) noexcept;
  void prepare_heap() noexcept;

  std::size_t prepared_ = 0;  // what malloc gives out next of what is prepared
  std::byte* end_ = nullptr;  // of it
};

/// Lets memory that was not touched yet have huge pages, if it is large. Only a hint.
void prefer_huge_pages(std::span<std::byte> memory) noexcept;

}  // namespace blitzen::detail
