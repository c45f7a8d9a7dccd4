// Frames' contents compressed with zstd and back. No I/O. No frame needs anything of the one before, so one context
// each way is enough for all connections of a thread.
#pragma once

#include <cstddef>
#include <span>

namespace blitzen::net {

/// Less is left as it is: it fits three packets of Ethernet, which leave sooner than it is compressed.
inline constexpr std::size_t compressible_bytes_min = 4 * 1024;

/// Compresses what one connection sends, where that pays. Looks at the beginning of a frame before it takes the trouble
/// with all of it, and tries only now and then while nothing shrinks.
class FrameCompressor {
 public:
  /// `content` as it travels: its size, then what zstd made of it. Empty when it had better travel as it is.
  /// The bytes stay until any compressor of this thread is used again.
  [[nodiscard]] std::span<const std::byte> compress(std::span<const std::byte> content);

 private:
  [[nodiscard]] bool is_due();

  unsigned in_vain_ = 0;  ///< Frames tried in a row that did not shrink.
  unsigned skipped_ = 0;  ///< Frames not tried since.
};

/// How large the content is that `compressed` says it holds. Throws proto::DecodeError when a frame cannot hold as
/// much, or when compressing it was no gain.
[[nodiscard]] std::size_t decompressed_bytes(std::span<const std::byte> compressed);

/// Fills `content`, which is as large as decompressed_bytes() says. Throws proto::DecodeError unless it is filled
/// exactly.
void decompress(std::span<const std::byte> compressed, std::span<std::byte> content);

}  // namespace blitzen::net
