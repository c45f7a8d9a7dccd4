// Bytes from a connection become packets: frames are found, fragments put together. No I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/shared_bytes.hpp"
#include "proto/frame.hpp"
#include "proto/limits.hpp"

namespace blitzen::net {

/// One reference to a SharedBlock.
class BlockPointer {
 public:
  BlockPointer() noexcept = default;
  explicit BlockPointer(std::size_t bytes) : block_(base::SharedBlock::make(bytes)) {}
  BlockPointer(BlockPointer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  BlockPointer& operator=(BlockPointer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~BlockPointer() {
    if (block_ != nullptr) block_->release();
  }
  /// Makes it larger, or makes one that may become as large as `expected`. Keeps the first `used` bytes. Only while
  /// nobody shares it.
  void grow(std::size_t bytes, std::size_t used, std::size_t expected) {
    block_ = block_ == nullptr ? base::SharedBlock::make(bytes, expected)
                               : base::SharedBlock::grow(block_, bytes, used, expected);
  }
  [[nodiscard]] std::byte* data() const noexcept { return block_->data(); }
  [[nodiscard]] base::SharedBytes slice(std::size_t offset, std::size_t size) const noexcept {
    block_->acquire();
    return {block_, static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(size)};
  }

 private:
  base::SharedBlock* block_ = nullptr;
};

struct Packet {
  proto::PacketNumber number{};
  base::SharedBytes body;
};

/// Reads land in large shared blocks. A packet that arrived whole is a slice of its block, uncopied. Most of what comes
/// in fragments is read to where the packet is put together.
class PacketReader {
 public:
  /// `packet_bytes_max`: larger packets are refused. `compression`: whether compressed frames are not.
  explicit PacketReader(std::uint64_t packet_bytes_max = proto::packet_bytes_max, bool compression = false);

  /// Where the next read shall go; never empty. Call added() before anything else.
  [[nodiscard]] std::span<std::byte> room();
  void added(std::size_t bytes) noexcept;

  /// Takes the next packet that is complete; false when more bytes are needed.
  /// Throws proto::DecodeError; the reader is of no use afterwards.
  [[nodiscard]] bool next(Packet& packet);

  /// What decompressing has made of what came, in bytes, since this was last asked.
  [[nodiscard]] std::size_t take_decompressed_bytes() noexcept { return std::exchange(decompressed_bytes_, 0); }

 private:
  /// A packet that is arriving in fragments.
  struct Arriving {
    bool open = false;
    proto::PacketNumber number{};
    BlockPointer block;
    std::uint64_t total = 0;
    std::size_t capacity = 0;
    std::size_t size = 0;
  };

  /// A fragment's content that is on its way to where it belongs.
  struct Fragment {
    Arriving* stream = nullptr;
    std::size_t missing = 0;  ///< Bytes that have not come yet.
    bool last = false;
  };

  [[nodiscard]] bool begin_fragment(const proto::FrameHeader& header, std::span<const std::byte> content);
  [[nodiscard]] bool end_fragment(Packet& packet);
  [[nodiscard]] base::SharedBytes decompressed(std::span<const std::byte> body);
  void open_stream(Arriving& stream, proto::PacketNumber number, std::span<const std::byte>& content) const;
  [[nodiscard]] std::span<std::byte> room_of_fragment();
  static void reserve(Arriving& stream, std::size_t more);

  std::uint64_t packet_bytes_max_;
  bool compression_;
  BlockPointer block_;
  std::size_t begin_;  ///< Of the bytes in block_ that are no packet yet.
  std::size_t end_;
  std::array<Arriving, proto::streams_max> streams_;
  Fragment fragment_;            ///< Being read, if it has a stream.
  bool fragments_come_ = false;  ///< The last frame was one, so the next may be.
  std::size_t decompressed_bytes_ = 0;
};

}  // namespace blitzen::net
