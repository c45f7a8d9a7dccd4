#include "base/huge_mapping.hpp"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace blitzen::base {

std::span<std::byte> map_huge(std::size_t bytes) {
  const std::size_t reserved = bytes + huge_page_bytes;
  void* const start =
      ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) throw std::bad_alloc();
  auto* const first = static_cast<std::byte*>(start);
  const std::size_t ahead =
      (huge_page_bytes - reinterpret_cast<std::uintptr_t>(start) % huge_page_bytes) % huge_page_bytes;
  if (ahead != 0) unmap({first, ahead});
  unmap({first + ahead + bytes, huge_page_bytes - ahead});
  // A kernel without huge pages says no, which only costs time.
  static_cast<void>(::madvise(first + ahead, bytes, MADV_HUGEPAGE));
  return {first + ahead, bytes};
}

std::span<std::byte> remap_huge(std::span<std::byte> mapping, std::size_t bytes) {
  if (::mremap(mapping.data(), mapping.size(), bytes, 0) != MAP_FAILED) return {mapping.data(), bytes};
  const std::span<std::byte> larger = map_huge(bytes);
  if (::mremap(mapping.data(), mapping.size(), bytes, MREMAP_MAYMOVE | MREMAP_FIXED, larger.data()) == MAP_FAILED) {
    unmap(larger);
    throw std::bad_alloc();
  }
  return larger;
}

void unmap(std::span<std::byte> mapping) noexcept { ::munmap(mapping.data(), mapping.size()); }

void discard(std::span<std::byte> pages) noexcept {
  // Failing only means that the memory stays in use.
  static_cast<void>(::madvise(pages.data(), pages.size(), MADV_DONTNEED));
}

}  // namespace blitzen::base
