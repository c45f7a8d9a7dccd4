#include "blitzen/detail/value_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/huge_mapping.hpp"

namespace blitzen::detail {
namespace {

/// What is prepared at a time. glibc maps blocks one by one from a size on that follows the largest block that was
/// freed, up to 32 MiB. Smaller ones come from the heap, in which they lie side by side and can share huge pages.
constexpr std::size_t prepared_bytes_max = 31 * 1024 * 1024;

/// At least what an allocator takes for itself beside a value.
constexpr std::size_t overhead_bytes = 4096;

constexpr int collapse = 25;  // MADV_COLLAPSE, which is newer than Debian 12's headers

std::uintptr_t huge_page_of(std::uintptr_t address) { return address / base::huge_page_bytes * base::huge_page_bytes; }

/// Where there are no huge pages, or no such advice, it only costs time not to heed it.
void advise(std::uintptr_t page, std::size_t bytes, int advice) noexcept {
  static_cast<void>(::madvise(reinterpret_cast<void*>(page), bytes, advice));
}

}  // namespace

void ValueMemory::prepare_heap() noexcept {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  // The first block tells glibc that blocks of this size are nothing unusual, the second one extends the heap.
  for (int block = 0; block < 2; ++block) {
    void* const start = std::malloc(prepared_bytes_max);
    begin = reinterpret_cast<std::uintptr_t>(start);
    end = begin + prepared_bytes_max;
    if (start != nullptr) advise(huge_page_of(begin), end - huge_page_of(begin), MADV_HUGEPAGE);
    std::free(start);
  }
  // Some of the page in which the heap ended before is used, which kept it from being a huge one.
  const bool goes_on = begin < end_ && end_ < end;
  advise(goes_on ? end_ : huge_page_of(begin), base::huge_page_bytes, collapse);
  end_ = huge_page_of(end);
  prepared_ = end_ - begin;
}

void ValueMemory::expect_large(std::size_t bytes) noexcept {
  if (bytes > prepared_bytes_max - overhead_bytes) return;
  const std::size_t needed = bytes + overhead_bytes;
  if (needed > prepared_) prepare_heap();
  prepared_ -= std::min(prepared_, needed);
}

void prefer_huge_pages(std::span<std::byte> memory) noexcept {
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uintptr_t first = huge_page_of(begin + base::huge_page_bytes - 1);
  const std::uintptr_t end = huge_page_of(begin + memory.size());
  if (first < end) advise(first, end - first, MADV_HUGEPAGE);
}

}  // namespace blitzen::detail
