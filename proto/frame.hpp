// The eight bytes in front of every frame. A packet travels whole in one frame, or in fragments on a numbered stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "proto/packet_numbers.hpp"

namespace blitzen::proto {

inline constexpr std::size_t frame_header_bytes = 8;

/// In front of the first fragment's content: the size of the whole packet.
inline constexpr std::size_t fragment_total_bytes = 8;

/// In front of compressed content: the size it has when it is decompressed.
inline constexpr std::size_t compressed_size_bytes = 4;

/// What a frame carries.
enum class FramePart : std::uint8_t {
  whole,   ///< One packet, on stream 0.
  first,   ///< The packet's total size and its first bytes; more follow.
  middle,  ///< More bytes; more follow.
  last,    ///< The last bytes.
};

struct FrameHeader {
  std::uint32_t body_bytes = 0;
  PacketNumber packet{};
  FramePart part = FramePart::whole;
  std::uint8_t stream = 0;  ///< 0 for a whole packet, else 1 to streams_max.
  bool compressed = false;  ///< The content is compressed. A first fragment's total is not.
  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

using FrameHeaderBytes = std::array<std::byte, frame_header_bytes>;

[[nodiscard]] FrameHeaderBytes encode_frame_header(const FrameHeader& header);

/// Throws DecodeError for a body over the limit, an unknown flag, or flags and stream that do not go together. Whether
/// compression was agreed on is for the caller to know.
[[nodiscard]] FrameHeader decode_frame_header(std::span<const std::byte, frame_header_bytes> bytes);

}  // namespace blitzen::proto
