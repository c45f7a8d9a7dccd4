#include "blitzen/detail/heap_forecast.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>

#include "base/huge_mapping.hpp"

namespace blitzen::detail {
namespace {

/// What is prepared at a time. glibc maps blocks one by one from a size on that follows the largest block that was
/// freed, up to 32 MiB. Smaller ones come from the heap, in which they lie side by side and can share huge pages.
constexpr std::size_t prepared_bytes_max = 31 * 1024 * 1024;

/// At least what an allocator takes for itself beside a block.
constexpr std::size_t overhead_bytes = 4096;

constexpr int collapse = 25;  // MADV_COLLAPSE, which is newer than Debian 12's headers

/// Where the huge page begins that `at` lies in.
std::byte* huge_page_of(std::byte* at) { return at - reinterpret_cast<std::uintptr_t>(at) % base::huge_page_bytes; }

/// Whether it is in the heap that grows, or in memory that was mapped for it alone or for a thread.
bool is_in_heap(const std::byte* at) { return std::less<>{}(at, static_cast<const std::byte*>(::sbrk(0))); }

/// Where there are no huge pages, or no such advice, it only costs time not to heed it.
void advise(std::byte* page, std::ptrdiff_t bytes, int advice) noexcept {
  static_cast<void>(::madvise(page, static_cast<std::size_t>(bytes), advice));
}

}  // namespace

void HeapForecast::prepare_heap() noexcept {
  prepared_ = 0;
  // The first block tells glibc that blocks of this size are nothing unusual, the second one extends the heap.
  for (int round = 0; round < 2; ++round) {
    auto* const begin = static_cast<std::byte*>(std::malloc(prepared_bytes_max));
    if (begin == nullptr) return;
    std::byte* const end = begin + prepared_bytes_max;
    if (is_in_heap(begin)) {
      advise(huge_page_of(begin), end - huge_page_of(begin), MADV_HUGEPAGE);
      // Some of the page in which the heap ended before is used, which kept it from being a huge one.
      const bool goes_on = std::less<>{}(begin, end_) && std::less<>{}(end_, end);
      advise(goes_on ? end_ : huge_page_of(begin), base::huge_page_bytes, collapse);
    } else {
      // What lies before may be a stranger's. Advice would split his mapping, which mremap() cannot move any more then.
      prefer_huge_pages({begin, prepared_bytes_max});
    }
    end_ = huge_page_of(end);
    prepared_ = static_cast<std::size_t>(end_ - begin);
    std::free(begin);
  }
}

void HeapForecast::expect_much(std::size_t bytes) noexcept {
  if (bytes > prepared_bytes_max - overhead_bytes) return;
  const std::size_t needed = bytes + overhead_bytes;
  if (needed > prepared_) prepare_heap();
  prepared_ -= std::min(prepared_, needed);
}

void prefer_huge_pages(std::span<std::byte> memory) noexcept {
  std::byte* const first = huge_page_of(memory.data() + base::huge_page_bytes - 1);
  std::byte* const end = huge_page_of(memory.data() + memory.size());
  if (std::less<>{}(first, end)) advise(first, end - first, MADV_HUGEPAGE);
}

}  // namespace blitzen::detail
