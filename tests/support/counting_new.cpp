#include "tests/support/counting_new.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {

struct Count {
  std::size_t bytes = 0;
  std::size_t peak_bytes = 0;
  std::size_t calls = 0;
};
thread_local Count counted_so_far;

void* counted(std::size_t size) noexcept {
  void* memory = std::malloc(size);
  if (memory == nullptr) return nullptr;
  blitzen::testing::count_taken(::malloc_usable_size(memory));
  return memory;
}

void* counted_or_throw(std::size_t size) {
  void* memory = counted(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

void uncounted(void* memory) noexcept {
  if (memory == nullptr) return;
  blitzen::testing::count_given_back(::malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return counted_or_throw(size); }
void* operator new[](std::size_t size) { return counted_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { uncounted(memory); }
void operator delete[](void* memory) noexcept { uncounted(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { uncounted(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { uncounted(memory); }
void operator delete(void* memory, std::size_t) noexcept { uncounted(memory); }
void operator delete[](void* memory, std::size_t) noexcept { uncounted(memory); }

namespace blitzen::testing {

void count_taken(std::size_t bytes) noexcept {
  counted_so_far.bytes += bytes;
  counted_so_far.peak_bytes = std::max(counted_so_far.peak_bytes, counted_so_far.bytes);
  ++counted_so_far.calls;
}

void count_given_back(std::size_t bytes) noexcept { counted_so_far.bytes -= std::min(bytes, counted_so_far.bytes); }

AllocationMeter::AllocationMeter() { counted_so_far = {}; }
std::size_t AllocationMeter::peak_bytes() const { return counted_so_far.peak_bytes; }
std::size_t AllocationMeter::count() const { return counted_so_far.calls; }

}  // namespace blitzen::testing
