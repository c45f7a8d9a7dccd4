#include "counting_new.hpp"

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
  counted_so_far.bytes += ::malloc_usable_size(memory);
  counted_so_far.peak_bytes = std::max(counted_so_far.peak_bytes, counted_so_far.bytes);
  ++counted_so_far.calls;
  return memory;
}

void* counted_or_throw(std::size_t size) {
  void* memory = counted(size);
  if (memory == nullptr) throw std::bad_alloc{};
  return memory;
}

void uncounted(void* memory) noexcept {
  if (memory == nullptr) return;
  const std::size_t bytes = ::malloc_usable_size(memory);
  counted_so_far.bytes -= std::min(bytes, counted_so_far.bytes);
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

namespace blitzen::proto {

AllocationMeter::AllocationMeter() { counted_so_far = {}; }
std::size_t AllocationMeter::peak_bytes() const { return counted_so_far.peak_bytes; }
std::size_t AllocationMeter::count() const { return counted_so_far.calls; }

}  // namespace blitzen::proto
