#include "base/shared_bytes.hpp"

#include <sys/mman.h>

#include <memory>
#include <new>

#include "base/large_memory.hpp"
#include "base/system_error.hpp"

namespace blitzen::base {
namespace {

bool is_large(std::size_t bytes) { return bytes >= LargeMemory::block_bytes_min; }

}  // namespace

SharedBlock* SharedBlock::begin_in(std::span<std::byte> memory) {
  return new (memory.data()) SharedBlock(memory.subspan(sizeof(SharedBlock)));
}

SharedBlock* SharedBlock::make(std::size_t bytes, std::size_t expected) {
  bytes += sizeof(SharedBlock);
  const std::span<std::byte> memory = is_large(bytes)
                                          ? LargeMemory::of_process().take(bytes, sizeof(SharedBlock) + expected)
                                          : std::span{static_cast<std::byte*>(::operator new(bytes)), bytes};
  return begin_in(memory);
}

SharedBlock* SharedBlock::grow(SharedBlock* block, std::size_t bytes, std::size_t used, std::size_t expected) {
  if (is_large(block->memory().size())) {
    const std::span<std::byte> memory = LargeMemory::of_process().grow(
        block->memory(), sizeof(SharedBlock) + bytes, sizeof(SharedBlock) + used, sizeof(SharedBlock) + expected);
    return begin_in(memory);
  }
  SharedBlock* const larger = make(bytes, expected);
  std::memcpy(larger->data(), block->data(), used);
  block->release();
  return larger;
}

SharedBlock* SharedBlock::map(int file, std::size_t bytes) {
  std::unique_ptr<SharedBlock> block{new SharedBlock({})};
  void* const mapping = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, file, 0);
  if (mapping == MAP_FAILED) throw system_error("cannot map a file into memory");
  block->room_ = {static_cast<std::byte*>(mapping), bytes};
  return block.release();
}

void SharedBlock::destroy() noexcept {
  if (room_.data() != reinterpret_cast<std::byte*>(this + 1)) {
    ::munmap(room_.data(), room_.size());
    delete this;
    return;
  }
  const std::span<std::byte> memory = this->memory();
  this->~SharedBlock();
  if (is_large(memory.size())) {
    LargeMemory::of_process().give_back(memory);
  } else {
    ::operator delete(memory.data());
  }
}

}  // namespace blitzen::base
