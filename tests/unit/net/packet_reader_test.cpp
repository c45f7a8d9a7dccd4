#include "net/packet_reader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "blitzen/proto/archive.hpp"

namespace blitzen::net {
namespace {

using proto::FramePart;
using proto::PacketNumber;

void append(std::vector<std::byte>& bytes, const proto::FrameHeader& header, std::span<const std::byte> content) {
  const auto encoded = proto::encode_frame_header(header);
  bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  bytes.insert(bytes.end(), content.begin(), content.end());
}

void append_fragment(std::vector<std::byte>& bytes, FramePart part, std::uint8_t stream, std::string_view content,
                     std::uint64_t total = 0, PacketNumber number = PacketNumber::image) {
  std::vector<std::byte> body;
  if (part == FramePart::first) {
    body.resize(sizeof total);
    std::memcpy(body.data(), &total, sizeof total);
  }
  const auto text = base::as_bytes(content);
  body.insert(body.end(), text.begin(), text.end());
  append(bytes,
         {.body_bytes = static_cast<std::uint32_t>(body.size()), .packet = number, .part = part, .stream = stream},
         body);
}

/// The packets in `bytes`, read in pieces of `piece` bytes.
std::vector<Packet> read(std::span<const std::byte> bytes, std::size_t piece = 1'000'000,
                         std::uint64_t packet_bytes_max = proto::packet_bytes_max) {
  PacketReader reader{packet_bytes_max};
  std::vector<Packet> packets;
  while (!bytes.empty()) {
    const auto room = reader.room();
    const auto part = bytes.first(std::min({room.size(), bytes.size(), piece}));
    std::copy(part.begin(), part.end(), room.begin());
    reader.added(part.size());
    bytes = bytes.subspan(part.size());
    Packet packet;
    while (reader.next(packet)) packets.push_back(packet);
  }
  return packets;
}

TEST_CASE("packets are found however the bytes are cut") {
  std::vector<std::byte> bytes;
  append(bytes, {.body_bytes = 5, .packet = PacketNumber::submit_tasks}, base::as_bytes("first"));
  append_fragment(bytes, FramePart::first, 3, "frag", 11);
  append(bytes, {.body_bytes = 0, .packet = PacketNumber::heartbeat}, {});
  append_fragment(bytes, FramePart::middle, 3, "men");
  append_fragment(bytes, FramePart::last, 3, "tary");
  const auto piece = GENERATE(as<std::size_t>{}, 1, 2, 3, 7, 1000);
  const auto packets = read(bytes, piece);
  REQUIRE(packets.size() == 3);
  CHECK(base::as_text(packets[0].body.bytes()) == "first");
  CHECK(packets[1].number == PacketNumber::heartbeat);
  CHECK(packets[2].number == PacketNumber::image);
  CHECK(base::as_text(packets[2].body.bytes()) == "fragmentary");
}

TEST_CASE("packets stay as they are while more is read") {
  std::vector<std::byte> bytes;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    append(bytes, {.body_bytes = 4, .packet = PacketNumber::accept_tasks}, std::as_bytes(std::span{&i, 1}));
  }
  const auto packets = read(bytes, 100'001);
  REQUIRE(packets.size() == 100'000);
  for (std::uint32_t i = 0; i < packets.size(); ++i) {
    std::uint32_t number = 0;
    std::memcpy(&number, packets[i].body.bytes().data(), sizeof number);
    REQUIRE(number == i);
  }
}

TEST_CASE("fragments of several packets may interleave") {
  std::vector<std::byte> bytes;
  append_fragment(bytes, FramePart::first, 1, "a", 3);
  append_fragment(bytes, FramePart::first, 8, "x", 2, PacketNumber::submit_tasks);
  append_fragment(bytes, FramePart::middle, 1, "b");
  append_fragment(bytes, FramePart::last, 8, "y", 0, PacketNumber::submit_tasks);
  append_fragment(bytes, FramePart::last, 1, "c");
  append_fragment(bytes, FramePart::first, 8, "1", 2);
  append_fragment(bytes, FramePart::last, 8, "2");
  const auto packets = read(bytes);
  REQUIRE(packets.size() == 3);
  CHECK(base::as_text(packets[0].body.bytes()) == "xy");
  CHECK(base::as_text(packets[1].body.bytes()) == "abc");
  CHECK(base::as_text(packets[2].body.bytes()) == "12");
}

TEST_CASE("fragments that make no packet are refused") {
  std::vector<std::byte> bytes;
  SECTION("a middle without a beginning") { append_fragment(bytes, FramePart::middle, 1, "a"); }
  SECTION("an end without a beginning") { append_fragment(bytes, FramePart::last, 1, "a"); }
  SECTION("a second beginning") {
    append_fragment(bytes, FramePart::first, 1, "a", 3);
    append_fragment(bytes, FramePart::first, 1, "b", 3);
  }
  SECTION("another packet's number") {
    append_fragment(bytes, FramePart::first, 1, "a", 2);
    append_fragment(bytes, FramePart::last, 1, "b", 0, PacketNumber::submit_tasks);
  }
  SECTION("an end that comes too early") {
    append_fragment(bytes, FramePart::first, 1, "a", 3);
    append_fragment(bytes, FramePart::last, 1, "b");
  }
  SECTION("more to come when everything is there") {
    append_fragment(bytes, FramePart::first, 1, "a", 2);
    append_fragment(bytes, FramePart::middle, 1, "b");
  }
  SECTION("more bytes than announced") {
    append_fragment(bytes, FramePart::first, 1, "a", 2);
    append_fragment(bytes, FramePart::last, 1, "bc");
  }
  SECTION("an empty fragment") {
    append_fragment(bytes, FramePart::first, 1, "a", 2);
    append_fragment(bytes, FramePart::middle, 1, "");
  }
  SECTION("a beginning without a size") {
    append(bytes, {.body_bytes = 7, .packet = PacketNumber::image, .part = FramePart::first, .stream = 1},
           base::as_bytes("1234567"));
  }
  CHECK_THROWS_AS(read(bytes), proto::DecodeError);
}

TEST_CASE("a packet that announces more than the limit is refused before its bytes come") {
  std::vector<std::byte> bytes;
  append_fragment(bytes, FramePart::first, 1, "a", 1001);
  CHECK_THROWS_WITH(read(bytes, 100, 1000), "a packet of 1001 bytes is over the limit");
  std::vector<std::byte> huge;
  append_fragment(huge, FramePart::first, 1, "a", ~std::uint64_t{0});
  CHECK_THROWS_AS(read(huge), proto::DecodeError);
}

}  // namespace
}  // namespace blitzen::net
