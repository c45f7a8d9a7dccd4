// Makes SharedBytes for many small payloads without an allocation for each.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "base/shared_bytes.hpp"

namespace blitzen::base {

/// Cuts slices from blocks of 64 KiB. A block is freed when its last slice is gone. Not thread-safe.
class ByteArena {
 public:
  ByteArena() = default;
  ByteArena(const ByteArena&) = delete;
  ByteArena& operator=(const ByteArena&) = delete;
  ~ByteArena() { let_go(); }

  [[nodiscard]] SharedBytes copy_of(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    if (bytes.size() > copied_bytes_max) return SharedBytes::copy_of(bytes);
    if (block_ == nullptr || bytes.size() > block_bytes - used_) {
      let_go();
      block_ = SharedBlock::make(block_bytes);
      used_ = 0;
    }
    std::memcpy(block_->data() + used_, bytes.data(), bytes.size());
    block_->acquire();
    SharedBytes slice(block_, static_cast<std::uint32_t>(used_), static_cast<std::uint32_t>(bytes.size()));
    used_ += bytes.size();
    return slice;
  }

  /// The same for bytes that may lie in `block` already, from its start, whose reference is taken over. Only small ones
  /// are copied then: the block may have more room than they need.
  [[nodiscard]] SharedBytes keep(std::span<const std::byte> bytes, SharedBlock* block) {
    if (block == nullptr) return copy_of(bytes);
    SharedBytes kept{block, 0, static_cast<std::uint32_t>(bytes.size())};
    return bytes.size() > copied_bytes_max ? kept : copy_of(bytes);
  }

 private:
  static constexpr std::size_t block_bytes = 64 * 1024;
  static constexpr std::size_t copied_bytes_max = block_bytes / 8;

  void let_go() {
    if (block_ != nullptr) block_->release();
    block_ = nullptr;
  }

  SharedBlock* block_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace blitzen::base
