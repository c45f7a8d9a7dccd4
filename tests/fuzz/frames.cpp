// The frame decoder: bytes in pieces of any size become packets or a DecodeError, the same ones however they are cut,
// and with no more memory than promised.
#include "blitzen/proto/archive.hpp"
#include "net/compression.hpp"
#include "net/packet_reader.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "tests/support/counting_new.hpp"

namespace blitzen::fuzz {
namespace {

using proto::FrameHeader;
using proto::FramePart;
using proto::PacketNumber;

constexpr std::uint8_t flag_compression = 1;
constexpr std::uint8_t flag_small_limit = 2;

/// As before a Hello was checked, when packets have to be small.
constexpr std::uint64_t small_packet_bytes_max = 4096;

struct Decoded {
  std::vector<net::Packet> packets;
  std::string error;
};

Decoded decode(std::span<const std::byte> bytes, std::uint8_t flags, std::size_t piece, bool keep) {
  const testing::AllocationMeter meter;
  const bool small = (flags & flag_small_limit) != 0;
  net::PacketReader reader{small ? small_packet_bytes_max : proto::packet_bytes_max, (flags & flag_compression) != 0};
  Decoded decoded;
  std::size_t came = 0;
  try {
    while (!bytes.empty()) {
      const auto room = reader.room();
      require(!room.empty(), "the reader has no room although it wants more");
      const auto part = bytes.first(std::min({room.size(), bytes.size(), piece}));
      std::copy(part.begin(), part.end(), room.begin());
      reader.added(part.size());
      bytes = bytes.subspan(part.size());
      came += part.size();
      for (net::Packet packet; reader.next(packet);) {
        if (keep) decoded.packets.push_back(std::move(packet));
        packet = {};
      }
      came += reader.take_decompressed_bytes();
      if (!keep) require(meter.peak_bytes() <= allocation_bytes_max(came), "frames took too much memory");
    }
  } catch (const proto::DecodeError& error) {
    decoded.error = error.what();
    came += reader.take_decompressed_bytes();
  }
  if (!keep) require(meter.peak_bytes() <= allocation_bytes_max(came), "frames took too much memory");
  return decoded;
}

void append(Bytes& bytes, const FrameHeader& header, std::span<const std::byte> content) {
  const auto encoded = proto::encode_frame_header(header);
  bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  bytes.insert(bytes.end(), content.begin(), content.end());
}

void append_frame(Bytes& bytes, FramePart part, std::uint8_t stream, std::span<const std::byte> content,
                  std::uint64_t total = 0, bool compressed = false) {
  Bytes body;
  if (part == FramePart::first) {
    const auto* const first = reinterpret_cast<const std::byte*>(&total);
    body.assign(first, first + sizeof total);
  }
  body.insert(body.end(), content.begin(), content.end());
  append(bytes,
         {.body_bytes = static_cast<std::uint32_t>(body.size()),
          .packet = PacketNumber::image,
          .part = part,
          .stream = stream,
          .compressed = compressed},
         body);
}

/// The flags and the size of pieces come first.
Bytes begin(std::uint8_t flags, std::uint8_t piece) { return {static_cast<std::byte>(flags), std::byte{piece}}; }

Bytes with_fragments() {
  const Bytes content(300, std::byte{'x'});
  const std::span all{content};
  Bytes bytes = begin(0, 7);
  append_frame(bytes, FramePart::first, 3, all.first(100), 300);
  append_frame(bytes, FramePart::first, 8, all.first(1), 2);
  append(bytes, {.body_bytes = 0, .packet = PacketNumber::heartbeat}, {});
  append_frame(bytes, FramePart::middle, 3, all.first(150));
  append_frame(bytes, FramePart::last, 8, all.first(1));
  append_frame(bytes, FramePart::last, 3, all.first(50));
  return bytes;
}

Bytes with_compression() {
  const Bytes content(10'000, std::byte{'x'});
  net::FrameCompressor compressor;
  const auto compressed = compressor.compress(content);
  Bytes bytes = begin(flag_compression, 100);
  append_frame(bytes, FramePart::whole, 0, compressed, 0, true);
  append_frame(bytes, FramePart::first, 1, compressed, 2 * content.size(), true);
  append_frame(bytes, FramePart::last, 1, compressed, 0, true);
  return bytes;
}

/// What announces as much as it may, on every stream, and sends none of it.
Bytes with_promises() {
  Bytes bytes = begin(0, 255);
  for (std::uint8_t stream = 1; stream <= proto::streams_max; ++stream) {
    append_frame(bytes, FramePart::first, stream, Bytes(1), proto::packet_bytes_max);
  }
  append(bytes,
         {.body_bytes = proto::fragment_body_bytes_max,
          .packet = PacketNumber::image,
          .part = FramePart::middle,
          .stream = 1},
         Bytes(1));
  return bytes;
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  InputReader reader{input};
  const auto flags = reader.number<std::uint8_t>();
  const std::size_t piece = std::size_t{1} + reader.number<std::uint8_t>();
  const Decoded whole = decode(reader.rest(), flags, reader.rest().size() + 1, true);
  const Decoded pieces = decode(reader.rest(), flags, piece, true);
  require(whole.error == pieces.error, "how bytes are cut changes the error");
  require(whole.packets.size() == pieces.packets.size(), "how bytes are cut changes how many packets there are");
  for (std::size_t i = 0; i < whole.packets.size(); ++i) {
    require(whole.packets[i].number == pieces.packets[i].number &&
                std::ranges::equal(whole.packets[i].body.bytes(), pieces.packets[i].body.bytes()),
            "how bytes are cut changes a packet");
  }
  static_cast<void>(decode(reader.rest(), flags, piece, false));
}

std::vector<Seed> seeds() {
  std::vector<Seed> all{{"fragments", with_fragments()},
                        {"compressed frames", with_compression()},
                        {"large packets that are only announced", with_promises()}};
  for (const Seed& golden : golden_packets()) {
    const std::uint16_t number = packet_number_of(golden.name);
    if (number == 0) continue;
    Bytes bytes = begin(flag_small_limit, 3);
    append(bytes, {.body_bytes = static_cast<std::uint32_t>(golden.input.size()), .packet = PacketNumber{number}},
           golden.input);
    all.push_back({golden.name, std::move(bytes)});
  }
  return all;
}

}  // namespace blitzen::fuzz
