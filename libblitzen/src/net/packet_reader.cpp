#include "net/packet_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "blitzen/proto/archive.hpp"
#include "net/compression.hpp"

namespace blitzen::net {
namespace {

/// Room for the largest frame behind the remains of the one before, and for many small packets at once.
constexpr std::size_t block_bytes = 2 * (proto::frame_header_bytes + proto::frame_body_bytes_max);

/// A read of less than this is not worth its system call: the block is replaced first.
constexpr std::size_t room_bytes_min = 16 * 1024;

/// Allocated for a fragmented packet before its bytes have come, so that common payloads are never moved; beyond that,
/// memory follows the bytes. Times streams_max, what a peer can make us reserve, though not touch, for nothing.
constexpr std::size_t stream_bytes_first = 4 * 1024 * 1024;

base::SharedBytes decompressed(std::span<const std::byte> body) {
  const std::size_t bytes = decompressed_bytes(body);
  const BlockPointer block{bytes};
  decompress(body, {block.data(), bytes});
  return block.slice(0, bytes);
}

}  // namespace

PacketReader::PacketReader(std::uint64_t packet_bytes_max, bool compression)
    : packet_bytes_max_(packet_bytes_max), compression_(compression), begin_(block_bytes), end_(block_bytes) {}

std::span<std::byte> PacketReader::room() {
  // What was told already may still be shared by others, so a block is never rewound, only replaced.
  if (block_bytes - end_ < room_bytes_min) {
    BlockPointer fresh{block_bytes};
    const std::size_t unread = end_ - begin_;
    if (unread != 0) std::memcpy(fresh.data(), block_.data() + begin_, unread);
    block_ = std::move(fresh);
    begin_ = 0;
    end_ = unread;
  }
  return {block_.data() + end_, block_bytes - end_};
}

bool PacketReader::next(Packet& packet) {
  while (end_ - begin_ >= proto::frame_header_bytes) {
    const std::byte* frame = block_.data() + begin_;
    const auto header = proto::decode_frame_header(
        std::span<const std::byte, proto::frame_header_bytes>{frame, proto::frame_header_bytes});
    if (header.compressed && !compression_) {
      throw proto::DecodeError("a frame is compressed, which was not agreed on");
    }
    if (end_ - begin_ < proto::frame_header_bytes + header.body_bytes) return false;
    const std::size_t body_begin = begin_ + proto::frame_header_bytes;
    const std::span<const std::byte> body{block_.data() + body_begin, header.body_bytes};
    begin_ = body_begin + header.body_bytes;
    if (header.part == proto::FramePart::whole) {
      packet.number = header.packet;
      packet.body = header.compressed ? decompressed(body) : block_.slice(body_begin, header.body_bytes);
      return true;
    }
    if (add_fragment(header, body, packet)) return true;
  }
  return false;
}

bool PacketReader::add_fragment(const proto::FrameHeader& header, std::span<const std::byte> content, Packet& packet) {
  Arriving& stream = streams_[header.stream - 1U];
  if (header.part == proto::FramePart::first) {
    open_stream(stream, header.packet, content);
  } else if (!stream.open || stream.number != header.packet) {
    throw proto::DecodeError("a fragment belongs to no packet");
  }
  if (content.empty()) throw proto::DecodeError("a fragment is empty");
  append(stream, content, header.compressed);
  const bool complete = stream.size == stream.total;
  if (complete != (header.part == proto::FramePart::last)) {
    throw proto::DecodeError("a packet's fragments do not add up to its size");
  }
  if (!complete) return false;
  packet.number = stream.number;
  packet.body = stream.block.slice(0, stream.size);
  stream = Arriving{};
  return true;
}

void PacketReader::open_stream(Arriving& stream, proto::PacketNumber number,
                               std::span<const std::byte>& content) const {
  if (stream.open) throw proto::DecodeError("a stream is used for two packets at once");
  if (content.size() < proto::fragment_total_bytes)
    throw proto::DecodeError("a first fragment lacks the packet's size");
  stream.open = true;
  stream.number = number;
  std::memcpy(&stream.total, content.data(), proto::fragment_total_bytes);
  content = content.subspan(proto::fragment_total_bytes);
  if (stream.total > packet_bytes_max_) {
    throw proto::DecodeError("a packet of " + std::to_string(stream.total) + " bytes is over the limit");
  }
}

void PacketReader::append(Arriving& stream, std::span<const std::byte> content, bool compressed) {
  const std::size_t bytes = compressed ? decompressed_bytes(content) : content.size();
  if (bytes > stream.total - stream.size) {
    throw proto::DecodeError("a packet's fragments do not add up to its size");
  }
  make_room(stream, bytes);
  std::byte* const room = stream.block.data() + stream.size;
  if (compressed) {
    decompress(content, {room, bytes});
  } else {
    std::memcpy(room, content.data(), bytes);
  }
  stream.size += bytes;
}

/// For this many bytes more.
void PacketReader::make_room(Arriving& stream, std::size_t bytes) {
  if (bytes <= stream.capacity - stream.size) return;
  const std::size_t wanted = std::max({stream_bytes_first, 2 * stream.capacity, stream.size + bytes});
  const std::size_t capacity = std::min<std::size_t>(wanted, stream.total);
  BlockPointer larger{capacity};
  if (stream.size != 0) std::memcpy(larger.data(), stream.block.data(), stream.size);
  stream.block = std::move(larger);
  stream.capacity = capacity;
}

}  // namespace blitzen::net
