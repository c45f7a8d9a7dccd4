#include "net/packet_reader.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "blitzen/proto/archive.hpp"
#include "net/compression.hpp"

namespace blitzen::net {
namespace {

/// Room for the largest frame behind the remains of the one before, and for many small packets at once.
constexpr std::size_t block_bytes = 2 * (proto::frame_header_bytes + proto::frame_body_bytes_max);

/// A read of less than this is not worth its system call: the block is replaced first.
constexpr std::size_t room_bytes_min = 16 * 1024;

/// Between fragments not much more is read than the next one's header, so that what follows can go to its place.
constexpr std::size_t room_bytes_between_fragments = 4 * 1024;

/// Reserved for a packet in fragments, however little of it has come.
constexpr std::size_t stream_bytes_min = 4 * 1024;

/// Reserved for the rest of a fragment. With a block it is less than a mebibyte, which is all that a peer is given that
/// announces much and sends little.
constexpr std::size_t reserved_ahead_max = 320 * 1024;

}  // namespace

PacketReader::PacketReader(std::uint64_t packet_bytes_max, bool compression)
    : packet_bytes_max_(packet_bytes_max), compression_(compression), begin_(block_bytes), end_(block_bytes) {}

std::span<std::byte> PacketReader::room() {
  if (fragment_.missing > 0) return room_of_fragment();
  // What was told already may still be shared by others, so a block is never rewound, only replaced.
  if (block_bytes - end_ < room_bytes_min) {
    BlockPointer fresh{block_bytes};
    const std::size_t unread = end_ - begin_;
    if (unread != 0) std::memcpy(fresh.data(), block_.data() + begin_, unread);
    block_ = std::move(fresh);
    begin_ = 0;
    end_ = unread;
  }
  return {block_.data() + end_, fragments_come_ ? room_bytes_between_fragments : block_bytes - end_};
}

std::span<std::byte> PacketReader::room_of_fragment() {
  Arriving& stream = *fragment_.stream;
  if (stream.size == stream.capacity) reserve(stream, std::min(fragment_.missing, reserved_ahead_max));
  return {stream.block.data() + stream.size, std::min(fragment_.missing, stream.capacity - stream.size)};
}

void PacketReader::added(std::size_t bytes) noexcept {
  if (fragment_.missing == 0) {
    end_ += bytes;
  } else {
    fragment_.stream->size += bytes;
    fragment_.missing -= bytes;
  }
}

bool PacketReader::next(Packet& packet) {
  while (true) {
    if (fragment_.missing > 0) return false;
    if (fragment_.stream != nullptr && end_fragment(packet)) return true;
    if (end_ - begin_ < proto::frame_header_bytes) return false;
    const std::byte* frame = block_.data() + begin_;
    const auto header = proto::decode_frame_header(
        std::span<const std::byte, proto::frame_header_bytes>{frame, proto::frame_header_bytes});
    if (header.compressed && !compression_) {
      throw proto::DecodeError("a frame is compressed, which was not agreed on");
    }
    const std::size_t body_begin = begin_ + proto::frame_header_bytes;
    const std::span<const std::byte> body{block_.data() + body_begin,
                                          std::min<std::size_t>(end_ - body_begin, header.body_bytes)};
    fragments_come_ = header.part != proto::FramePart::whole && !header.compressed;
    if (fragments_come_) {
      if (!begin_fragment(header, body)) return false;
      begin_ = body_begin + body.size();
      continue;
    }
    if (body.size() < header.body_bytes) return false;
    begin_ = body_begin + header.body_bytes;
    if (header.part == proto::FramePart::whole) {
      packet.number = header.packet;
      packet.body = header.compressed ? decompressed(body) : block_.slice(body_begin, header.body_bytes);
      return true;
    }
    static_cast<void>(begin_fragment(header, body));
  }
}

base::SharedBytes PacketReader::decompressed(std::span<const std::byte> body) {
  const std::size_t bytes = decompressed_bytes(body);
  const BlockPointer block{bytes};
  decompress(body, {block.data(), bytes});
  decompressed_bytes_ += bytes;
  return block.slice(0, bytes);
}

/// False: too little of it has come to begin with. All of a compressed one must have.
bool PacketReader::begin_fragment(const proto::FrameHeader& header, std::span<const std::byte> content) {
  Arriving& stream = streams_[header.stream - 1U];
  const bool first = header.part == proto::FramePart::first;
  std::size_t bytes = header.body_bytes;
  if (first) {
    if (content.size() < std::min(bytes, proto::fragment_total_bytes)) return false;
    open_stream(stream, header.packet, content);
    bytes -= proto::fragment_total_bytes;
  } else if (!stream.open || stream.number != header.packet) {
    throw proto::DecodeError("a fragment belongs to no packet");
  }
  if (bytes == 0) throw proto::DecodeError("a fragment is empty");
  if (header.compressed) bytes = decompressed_bytes(content);
  if (bytes > stream.total - stream.size) {
    throw proto::DecodeError("a packet's fragments do not add up to its size");
  }
  reserve(stream, header.compressed ? bytes : std::min(bytes, content.size() + reserved_ahead_max));
  std::byte* const room = stream.block.data() + stream.size;
  if (header.compressed) {
    decompress(content, {room, bytes});
    decompressed_bytes_ += bytes;
    content = {room, bytes};
  } else if (!content.empty()) {
    std::memcpy(room, content.data(), content.size());
  }
  stream.size += content.size();
  fragment_ = {&stream, bytes - content.size(), header.part == proto::FramePart::last};
  return true;
}

/// True if it completes the packet.
bool PacketReader::end_fragment(Packet& packet) {
  const Fragment ended = std::exchange(fragment_, {});
  Arriving& stream = *ended.stream;
  const bool complete = stream.size == stream.total;
  if (complete != ended.last) throw proto::DecodeError("a packet's fragments do not add up to its size");
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

/// For `more` bytes. What a packet is said to become costs nothing: twice as much as came is reserved beside them.
void PacketReader::reserve(Arriving& stream, std::size_t more) {
  if (more <= stream.capacity - stream.size) return;
  const std::size_t wanted = std::max(stream_bytes_min, 2 * stream.size + more);
  const std::size_t capacity = std::min<std::size_t>(wanted, stream.total);
  stream.block.grow(capacity, stream.size, stream.total);
  stream.capacity = capacity;
}

}  // namespace blitzen::net
