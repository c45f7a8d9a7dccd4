#include "proto/frame.hpp"

#include <catch2/catch.hpp>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::proto {
namespace {

FrameHeaderBytes header_bytes(std::uint32_t size, std::uint8_t flags, std::uint8_t stream) {
  FrameHeaderBytes bytes = encode_frame_header({.body_bytes = size, .packet = PacketNumber::image});
  bytes[6] = std::byte{flags};
  bytes[7] = std::byte{stream};
  return bytes;
}

TEST_CASE("every kind of frame header comes back as it was") {
  const auto part = GENERATE(FramePart::whole, FramePart::first, FramePart::middle, FramePart::last);
  const bool compressed = GENERATE(false, true);
  const FrameHeader header{.body_bytes = frame_body_bytes_max,
                           .packet = PacketNumber::submit_tasks,
                           .part = part,
                           .stream = static_cast<std::uint8_t>(part == FramePart::whole ? 0 : streams_max),
                           .compressed = compressed};
  CHECK(decode_frame_header(encode_frame_header(header)) == header);
}

TEST_CASE("a frame header is eight little-endian bytes") {
  const auto bytes = encode_frame_header(
      {.body_bytes = 0x30201, .packet = PacketNumber::assign_tasks, .part = FramePart::first, .stream = 5});
  const FrameHeaderBytes expected{std::byte{1},  std::byte{2}, std::byte{3}, std::byte{0},
                                  std::byte{30}, std::byte{0}, std::byte{3}, std::byte{5}};
  CHECK(bytes == expected);
}

TEST_CASE("the flag of a compressed frame is the third bit") {
  const auto flags_of = [](FramePart part, std::uint8_t stream) {
    const FrameHeader header{.packet = PacketNumber::image, .part = part, .stream = stream, .compressed = true};
    return std::to_integer<int>(encode_frame_header(header)[6]);
  };
  CHECK(flags_of(FramePart::whole, 0) == 5);
  CHECK(flags_of(FramePart::first, 1) == 7);
  CHECK(flags_of(FramePart::middle, 1) == 6);
  CHECK(flags_of(FramePart::last, 1) == 4);
}

TEST_CASE("a frame over the limit is refused") {
  CHECK_THROWS_AS(decode_frame_header(header_bytes(frame_body_bytes_max + 1, 1, 0)), DecodeError);
  CHECK_THROWS_AS(decode_frame_header(header_bytes(0xFFFF'FFFF, 1, 0)), DecodeError);
  CHECK_NOTHROW(decode_frame_header(header_bytes(frame_body_bytes_max + 1, 2, 1)));
  CHECK_THROWS_AS(decode_frame_header(header_bytes(frame_body_bytes_max + 1, 6, 1)), DecodeError);
  CHECK_THROWS_AS(decode_frame_header(header_bytes(fragment_body_bytes_max + 1, 2, 1)), DecodeError);
}

TEST_CASE("only these flags and streams go together") {
  for (int flags = 0; flags < 256; ++flags) {
    for (int stream = 0; stream < 256; ++stream) {
      const int part = flags & ~4;
      const bool whole = part == 1 && stream == 0;
      const bool fragment = (part == 0 || part == 2 || part == 3) && stream >= 1 && stream <= streams_max;
      const auto bytes = header_bytes(1, static_cast<std::uint8_t>(flags), static_cast<std::uint8_t>(stream));
      CAPTURE(flags, stream);
      if (whole || fragment) {
        REQUIRE_NOTHROW(decode_frame_header(bytes));
      } else {
        REQUIRE_THROWS_AS(decode_frame_header(bytes), DecodeError);
      }
    }
  }
}

}  // namespace
}  // namespace blitzen::proto
