// A reference-counted, read-only slice of bytes: how payloads move without being copied.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace blitzen::base {

/// A block of memory shared by every slice cut from it. Writable only while it is being filled.
class SharedBlock {
 public:
  /// With room for at least that many bytes. If it may grow to `expected` bytes, a large one lies where it can do so
  /// without being moved, if possible; that takes no memory. Throws std::bad_alloc.
  [[nodiscard]] static SharedBlock* make(std::size_t bytes, std::size_t expected = 0);
  /// A larger block that begins with the first `used` bytes of this one, which nobody may share yet and which is taken
  /// over. Throws std::bad_alloc, and then the old one is left as it is.
  [[nodiscard]] static SharedBlock* grow(SharedBlock* block, std::size_t bytes, std::size_t used,
                                         std::size_t expected = 0);
  /// A file's first bytes, at least one, which are read from it when they are used, and must not be written to. The
  /// file may be closed. Throws Error{system}.
  [[nodiscard]] static SharedBlock* map(int file, std::size_t bytes);
  [[nodiscard]] std::byte* data() noexcept { return room_.data(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return room_.size(); }
  void acquire() noexcept { owners_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept {
    if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

 private:
  explicit SharedBlock(std::span<std::byte> room) : room_(room) {}
  [[nodiscard]] static SharedBlock* begin_in(std::span<std::byte> memory);
  /// Of a block that is not mapped.
  [[nodiscard]] std::span<std::byte> memory() noexcept {
    return {reinterpret_cast<std::byte*>(this), sizeof(SharedBlock) + room_.size()};
  }
  void destroy() noexcept;

  std::span<std::byte> room_;  ///< Behind this object, or a mapped file.
  std::atomic<std::uint64_t> owners_{1};
};

/// Sixteen bytes: a block and the part of it this slice shows. Copying shares, never copies bytes.
/// A slice keeps its whole block alive. Distinct slices may be used from distinct threads.
class SharedBytes {
 public:
  SharedBytes() noexcept = default;
  /// Takes over the caller's reference to `block`.
  SharedBytes(SharedBlock* block, std::uint32_t offset, std::uint32_t size) noexcept
      : block_(block), offset_(offset), size_(size) {}
  SharedBytes(const SharedBytes& other) noexcept : block_(other.block_), offset_(other.offset_), size_(other.size_) {
    if (block_ != nullptr) block_->acquire();
  }
  SharedBytes(SharedBytes&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)),
        offset_(std::exchange(other.offset_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    std::swap(offset_, other.offset_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedBytes() {
    if (block_ != nullptr) block_->release();
  }

  /// A new block that holds a copy of `bytes`.
  [[nodiscard]] static SharedBytes copy_of(std::span<const std::byte> bytes) {
    if (bytes.empty()) return {};
    SharedBlock* block = SharedBlock::make(bytes.size());
    std::memcpy(block->data(), bytes.data(), bytes.size());
    return {block, 0, static_cast<std::uint32_t>(bytes.size())};
  }

  /// See SharedBlock::map().
  [[nodiscard]] static SharedBytes map(int file, std::uint32_t bytes) {
    return bytes == 0 ? SharedBytes{} : SharedBytes{SharedBlock::map(file, bytes), 0, bytes};
  }

  /// The part `view` of this slice, sharing its block. `view` must lie inside `bytes()`.
  [[nodiscard]] SharedBytes slice(std::span<const std::byte> view) const noexcept {
    if (block_ == nullptr || view.empty()) return {};
    block_->acquire();
    return {block_, static_cast<std::uint32_t>(view.data() - block_->data()), static_cast<std::uint32_t>(view.size())};
  }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return block_ == nullptr ? std::span<const std::byte>{}
                             : std::span<const std::byte>{block_->data() + offset_, size_};
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  SharedBlock* block_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t size_ = 0;
};

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span{text.data(), text.size()});
}
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace blitzen::base
