#include "proto/frame.hpp"

#include <cstring>
#include <string>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::proto {
namespace {

constexpr std::uint8_t flag_first = 1U << 0;
constexpr std::uint8_t flag_more = 1U << 1;
constexpr std::uint8_t flag_compressed = 1U << 2;

std::uint8_t flags_of(FramePart part) {
  switch (part) {
    case FramePart::whole:
      return flag_first;
    case FramePart::first:
      return flag_first | flag_more;
    case FramePart::middle:
      return flag_more;
    case FramePart::last:
      break;
  }
  return 0;
}

FramePart part_of(std::uint8_t flags, std::uint8_t stream) {
  if ((flags & ~(flag_first | flag_more | flag_compressed)) != 0) throw DecodeError("a frame has an unknown flag");
  if (stream > streams_max) throw DecodeError("a frame's stream number is too large");
  const bool first = (flags & flag_first) != 0;
  const bool more = (flags & flag_more) != 0;
  if (stream == 0) {
    if (!first || more) throw DecodeError("a fragment lacks a stream number");
    return FramePart::whole;
  }
  if (first && !more) throw DecodeError("a whole packet has a stream number");
  if (first) return FramePart::first;
  return more ? FramePart::middle : FramePart::last;
}

}  // namespace

FrameHeaderBytes encode_frame_header(const FrameHeader& header) {
  FrameHeaderBytes bytes;
  const auto packet = static_cast<std::uint16_t>(header.packet);
  const auto flags = static_cast<std::uint8_t>(flags_of(header.part) | (header.compressed ? flag_compressed : 0U));
  std::memcpy(bytes.data(), &header.body_bytes, 4);
  std::memcpy(bytes.data() + 4, &packet, 2);
  std::memcpy(bytes.data() + 6, &flags, 1);
  std::memcpy(bytes.data() + 7, &header.stream, 1);
  return bytes;
}

FrameHeader decode_frame_header(std::span<const std::byte, frame_header_bytes> bytes) {
  FrameHeader header;
  std::uint16_t packet = 0;
  std::memcpy(&header.body_bytes, bytes.data(), 4);
  std::memcpy(&packet, bytes.data() + 4, 2);
  header.packet = PacketNumber{packet};
  header.stream = std::to_integer<std::uint8_t>(bytes[7]);
  const auto flags = std::to_integer<std::uint8_t>(bytes[6]);
  header.part = part_of(flags, header.stream);
  header.compressed = (flags & flag_compressed) != 0;
  const bool is_longer = header.part != FramePart::whole && !header.compressed;
  if (header.body_bytes > (is_longer ? fragment_body_bytes_max : frame_body_bytes_max)) {
    throw DecodeError("a frame of " + std::to_string(header.body_bytes) + " bytes is over the limit");
  }
  return header;
}

}  // namespace blitzen::proto
