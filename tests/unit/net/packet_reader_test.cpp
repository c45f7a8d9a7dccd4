#include "net/packet_reader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <vector>

#include "blitzen/proto/archive.hpp"
#include "net/compression.hpp"
#include "sample_content.hpp"
#include "tests/support/counting_new.hpp"

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

std::vector<std::byte> to_vector(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

/// The packets in `bytes`, read in pieces of `piece` bytes.
std::vector<Packet> read(std::span<const std::byte> bytes, std::size_t piece = 1'000'000,
                         std::uint64_t packet_bytes_max = proto::packet_bytes_max, bool compression = false) {
  PacketReader reader{packet_bytes_max, compression};
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

TEST_CASE("memory follows the bytes that come, not those that are announced") {
  std::vector<std::byte> bytes;
  SECTION("on every stream") {
    for (std::uint8_t stream = 1; stream <= proto::streams_max; ++stream) {
      append_fragment(bytes, FramePart::first, stream, "a", proto::packet_bytes_max);
    }
    append(bytes,
           {.body_bytes = proto::fragment_body_bytes_max,
            .packet = PacketNumber::image,
            .part = FramePart::middle,
            .stream = 1},
           base::as_bytes("a"));
  }
  SECTION("also of a packet of which much came") {
    const std::string content(200'000, 'a');
    append_fragment(bytes, FramePart::first, 1, content, proto::packet_bytes_max);
    const int fragments = GENERATE(1, 4, 11, 60, 150);
    for (int i = 0; i < fragments; ++i) append_fragment(bytes, FramePart::middle, 1, content);
  }
  for (const std::size_t piece : {std::size_t{16 * 1024}, bytes.size()}) {
    const testing::AllocationMeter meter;
    CHECK(read(bytes, piece).empty());
    CHECK(meter.peak_bytes() <= 4 * bytes.size() + 1024 * 1024);
  }
}

/// What `content` is compressed to, behind `front`.
std::vector<std::byte> compressed_body(std::span<const std::byte> content, std::uint64_t front = 0) {
  std::vector<std::byte> body(front == 0 ? 0 : sizeof front);
  if (front != 0) std::memcpy(body.data(), &front, sizeof front);
  FrameCompressor compressor;
  const auto compressed = compressor.compress(content);
  body.insert(body.end(), compressed.begin(), compressed.end());
  return body;
}

void append_compressed(std::vector<std::byte>& bytes, FramePart part, const std::vector<std::byte>& body) {
  append(bytes,
         {.body_bytes = static_cast<std::uint32_t>(body.size()),
          .packet = PacketNumber::image,
          .part = part,
          .stream = static_cast<std::uint8_t>(part == FramePart::whole ? 0 : 1),
          .compressed = true},
         body);
}

TEST_CASE("compressed packets come out as they were, however the bytes are cut") {
  const auto content = text_like(30'000, 1);
  const auto text = std::span{content};
  std::vector<std::byte> bytes;
  append_compressed(bytes, FramePart::whole, compressed_body(text));
  append_compressed(bytes, FramePart::first, compressed_body(text.first(10'000), 30'000));
  append_compressed(bytes, FramePart::middle, compressed_body(text.subspan(10'000, 10'000)));
  append_compressed(bytes, FramePart::last, compressed_body(text.last(10'000)));
  const auto piece = GENERATE(as<std::size_t>{}, 1, 1'000, 1'000'000);
  const auto packets = read(bytes, piece, proto::packet_bytes_max, true);
  REQUIRE(packets.size() == 2);
  CHECK(std::ranges::equal(packets[0].body.bytes(), content));
  CHECK(std::ranges::equal(packets[1].body.bytes(), content));
}

TEST_CASE("a compressed frame is refused where compression was not agreed on, before its body comes") {
  std::vector<std::byte> bytes;
  append_compressed(bytes, GENERATE(FramePart::whole, FramePart::first), compressed_body(text_like(10'000, 1)));
  bytes.resize(proto::frame_header_bytes);
  CHECK_THROWS_WITH(read(bytes), "a frame is compressed, which was not agreed on");
}

TEST_CASE("compressed fragments that hold more than their packet announced are refused") {
  const std::vector<std::byte> zeros(200'000);
  std::vector<std::byte> bytes;
  SECTION("in the first") { append_compressed(bytes, FramePart::first, compressed_body(zeros, 199'999)); }
  SECTION("in a later one") {
    append_compressed(bytes, FramePart::first, compressed_body(zeros, 300'000));
    append_compressed(bytes, FramePart::middle, compressed_body(zeros));
  }
  CHECK_THROWS_WITH(read(bytes, 1'000'000, proto::packet_bytes_max, true),
                    "a packet's fragments do not add up to its size");
}

TEST_CASE("a packet over the limit is refused when its fragments are compressed, too") {
  std::vector<std::byte> bytes;
  append_compressed(bytes, FramePart::first, compressed_body(std::vector<std::byte>(100'000), 200'001));
  CHECK_THROWS_WITH(read(bytes, 1'000'000, 200'000, true), "a packet of 200001 bytes is over the limit");
}

TEST_CASE("a broken compressed frame is refused, whole or as a fragment") {
  std::vector<std::byte> bytes;
  SECTION("whole") { append_compressed(bytes, FramePart::whole, to_vector("never compressed")); }
  SECTION("a fragment without content") { append_compressed(bytes, FramePart::first, compressed_body({}, 10'000)); }
  SECTION("a fragment with other content") {
    auto body = compressed_body(text_like(10'000, 1), 10'000);
    body.resize(body.size() - 1);
    append_compressed(bytes, FramePart::first, body);
  }
  CHECK_THROWS_AS(read(bytes, 1'000'000, proto::packet_bytes_max, true), proto::DecodeError);
}

TEST_CASE("most of a packet in fragments is read to where it stays") {
  std::vector<std::byte> bytes;
  append_fragment(bytes, FramePart::first, 1, "0123456789", 20);
  append_fragment(bytes, FramePart::last, 1, "abcdefghij", 0);
  PacketReader reader;
  Packet packet;
  const auto feed = [&](std::size_t begin, std::size_t count) {
    const auto room = reader.room();
    REQUIRE(room.size() >= count);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), count, room.begin());
    reader.added(count);
    return reader.next(packet);
  };
  constexpr std::size_t header = proto::frame_header_bytes + proto::fragment_total_bytes;
  CHECK_FALSE(feed(0, header + 4));
  const auto* const place = reader.room().data();
  CHECK(reader.room().size() == 6);
  CHECK_FALSE(feed(header + 4, 6));
  CHECK_FALSE(feed(header + 10, proto::frame_header_bytes));
  CHECK(feed(header + 10 + proto::frame_header_bytes, 10));
  CHECK(base::as_text(packet.body.bytes()) == "0123456789abcdefghij");
  CHECK(packet.body.bytes().data() + 4 == place);
}

}  // namespace
}  // namespace blitzen::net
