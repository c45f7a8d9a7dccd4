// What values are decoded into. How many faults that spares depends on the machine; what is asked for does not.
#include "blitzen/detail/heap_forecast.hpp"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/huge_mapping.hpp"

namespace blitzen::detail {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

bool system_has_huge_pages() {
  const auto page = base::map_huge(base::huge_page_bytes);
  const bool has = ::madvise(page.data(), page.size(), MADV_HUGEPAGE) == 0;
  base::unmap(page);
  return has;
}

/// Whether huge pages are asked for where `at` points to, as /proc/self/smaps says.
bool is_advised(const void* at) {
  const auto address = reinterpret_cast<std::uintptr_t>(at);
  std::ifstream mappings("/proc/self/smaps");
  bool inside = false;
  for (std::string line; std::getline(mappings, line);) {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) inside = begin <= address && address < end;
    if (inside && line.starts_with("VmFlags:")) return line.find(" hg") != std::string::npos;
  }
  return false;
}

constexpr std::uintptr_t page_bytes = 4096;

std::uintptr_t page_of(std::uintptr_t address) { return address - address % page_bytes; }

constexpr std::size_t large_block_bytes = 31 * mebibyte;

std::uintptr_t where_large_blocks_come() {
  void* const block = std::malloc(large_block_bytes);
  const auto address = reinterpret_cast<std::uintptr_t>(block);
  std::free(block);
  return address;  // NOLINT(clang-analyzer-unix.Malloc): a number
}

/// Maps memory that ends there. Null if somebody uses some of it.
void* map_before(std::uintptr_t end, std::size_t bytes) {
  // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is there yet that a pointer could be had from
  void* const mapped = ::mmap(reinterpret_cast<void*>(end - bytes), bytes, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  return mapped == MAP_FAILED ? nullptr : mapped;
}

/// With a stranger's mapping in the huge page in which malloc's next large block begins.
bool stranger_can_be_moved() {
  ::mallopt(M_MMAP_THRESHOLD, mebibyte);  // each large block is mapped for itself
  const std::uintptr_t first = where_large_blocks_come();
  // So that the next one begins in the middle of a huge page.
  const std::size_t in_page = first % base::huge_page_bytes;
  if (in_page > mebibyte + page_bytes)
    map_before(page_of(first + large_block_bytes) + page_bytes, page_of(in_page - mebibyte));
  constexpr std::size_t bytes = base::huge_page_bytes;
  void* const stranger = map_before(page_of(where_large_blocks_come()) - 2 * page_bytes, bytes);
  HeapForecast heap;
  heap.expect(mebibyte);
  return stranger != nullptr && ::mremap(stranger, bytes, 2 * bytes, MREMAP_MAYMOVE) != MAP_FAILED;
}

/// What `proves` returns in a process of its own.
bool holds_in_child(bool (*proves)()) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(proves() ? 0 : 1);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && status == 0;
}

}  // namespace

TEST_CASE("memory of somebody else beside a block stays in one piece") { CHECK(holds_in_child(stranger_can_be_moved)); }

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which have an allocator of their own
TEST_CASE("large values that follow each other are put where huge pages are asked for") {
  if (!system_has_huge_pages()) return;
  const std::string value(mebibyte, 'x');
  HeapForecast heap;
  std::vector<std::string> values;
  values.reserve(100);
  for (int i = 0; i < 100; ++i) {
    heap.expect(value.size());
    values.push_back(value);
  }
  // Some may find room between what the tests before have left.
  CHECK(std::ranges::count_if(values, [](const std::string& one) { return is_advised(one.data()); }) >= 90);
  CHECK(std::ranges::count(values, value) == 100);
}

TEST_CASE("many small values are put there too") {
  if (!system_has_huge_pages()) return;
  constexpr std::size_t bytes = 1000;
  HeapForecast heap;
  std::vector<std::string> values(100'000);
  for (std::string& value : values) {
    heap.expect(bytes);
    value.assign(bytes, 'x');
  }
  // Not the first of them: until then it is not known that they are many.
  CHECK(std::ranges::count_if(values, [](const std::string& one) { return is_advised(one.data()); }) >= 80'000);
}
#endif

TEST_CASE("values of every size can be expected, also those that do not come") {
  HeapForecast heap;
  for (const std::size_t size : {std::size_t{0}, mebibyte / 2, 31 * mebibyte, 40 * mebibyte, SIZE_MAX}) {
    heap.expect(size);
    heap.expect(size);
  }
  CHECK(std::string(mebibyte, 'x').size() == mebibyte);
}

TEST_CASE("huge pages are preferred for whole ones only") {
  if (!system_has_huge_pages()) return;
  constexpr std::size_t bytes = 3 * base::huge_page_bytes;
  const auto reserved =
      static_cast<std::byte*>(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(reserved != MAP_FAILED);
  void* aligned = reserved;
  std::size_t room = bytes;
  REQUIRE(std::align(base::huge_page_bytes, base::huge_page_bytes, aligned, room) != nullptr);
  auto* const first = static_cast<std::byte*>(aligned);
  prefer_huge_pages({first + 1, base::huge_page_bytes});
  CHECK_FALSE(is_advised(first));
  prefer_huge_pages({first, base::huge_page_bytes + 1});
  CHECK(is_advised(first));
  prefer_huge_pages({});
  base::unmap({reserved, bytes});
}

}  // namespace blitzen::detail
