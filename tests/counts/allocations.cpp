#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::size_t> largest_bytes{0};

void* counted(void* memory, std::size_t bytes) {
  if (memory == nullptr) throw std::bad_alloc();
  count.fetch_add(1, std::memory_order_relaxed);
  std::size_t largest = largest_bytes.load(std::memory_order_relaxed);
  while (bytes > largest && !largest_bytes.compare_exchange_weak(largest, bytes, std::memory_order_relaxed)) {
  }
  return memory;
}

/// aligned_alloc() wants a whole number of alignments.
std::size_t rounded_up(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

}  // namespace

std::uint64_t counts::allocations() noexcept { return count.load(std::memory_order_relaxed); }
void counts::forget_largest() noexcept { largest_bytes.store(0, std::memory_order_relaxed); }
std::size_t counts::largest() noexcept { return largest_bytes.load(std::memory_order_relaxed); }

void* operator new(std::size_t size) { return counted(std::malloc(size == 0 ? 1 : size), size); }

void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto bytes = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(bytes, rounded_up(size, bytes)), size);
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
