#include "net/body_in_pieces.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "net/packet_queue.hpp"
#include "net/packet_reader.hpp"
#include "proto/codec.hpp"
#include "sample_content.hpp"

namespace blitzen::net {
namespace {

proto::AssignTasks assignment_of(std::span<const std::byte> arguments) {
  proto::AssignedTask task;
  task.function = 7;
  task.arguments = arguments;
  return {{task}};
}

std::vector<std::byte> encoded(const proto::AssignTasks& packet) {
  std::vector<std::byte> bytes;
  proto::encode(packet, bytes);
  return bytes;
}

BodyInPieces in_pieces(const proto::AssignTasks& packet, const base::SharedBytes& payload) {
  BodyEncoder encoder{payload};
  proto::encode(packet, encoder);
  return encoder.finish();
}

std::vector<std::byte> joined(const BodyInPieces& body) {
  std::vector<std::byte> bytes;
  while (bytes.size() < body.size()) {
    const auto piece = body.at(bytes.size(), 10'000);
    bytes.insert(bytes.end(), piece.begin(), piece.end());
  }
  return bytes;
}

/// What arrives of the queue's packets, when every write and every read moves up to `step` bytes.
std::vector<Packet> transferred(PacketQueue& queue, std::size_t step) {
  PacketReader reader{proto::packet_bytes_max, true};
  std::vector<Packet> packets;
  for (PacketQueue::Pieces pieces = queue.next_pieces(); !pieces.front().empty(); pieces = queue.next_pieces()) {
    std::size_t written = 0;
    for (auto piece : pieces) {
      piece = piece.first(std::min(piece.size(), step - written));
      written += piece.size();
      while (!piece.empty()) {
        const auto room = reader.room();
        const auto part = piece.first(std::min(room.size(), piece.size()));
        std::ranges::copy(part, room.begin());
        reader.added(part.size());
        piece = piece.subspan(part.size());
        Packet packet;
        while (reader.next(packet)) packets.push_back(packet);
      }
    }
    queue.consumed(written);
  }
  return packets;
}

}  // namespace

TEST_CASE("a body in pieces has the bytes that it would have in one") {
  const auto payload = base::SharedBytes::copy_of(noise(300'000, 1));
  const auto packet = assignment_of(payload.bytes());
  const BodyInPieces body = in_pieces(packet, payload);
  CHECK(joined(body) == encoded(packet));
  CHECK(body.payload.bytes().data() == payload.bytes().data());
  CHECK(body.encoded.size() < 100);
}

TEST_CASE("what is small, or part of something else, is copied into the body") {
  const auto payload = base::SharedBytes::copy_of(noise(300'000, 1));
  const auto other = noise(300'000, 2);
  const bool is_small = GENERATE(true, false);
  const auto packet = assignment_of(is_small ? payload.bytes().first(1000) : std::span<const std::byte>{other});
  const BodyInPieces body = in_pieces(packet, payload);
  CHECK(body.payload.empty());
  CHECK(joined(body) == encoded(packet));
}

TEST_CASE("a packet in pieces arrives whole, however it is written and read") {
  const std::size_t size = GENERATE(as<std::size_t>{}, 70'000, proto::frame_body_bytes_max - 30, 3'000'000);
  const std::size_t step = GENERATE(as<std::size_t>{}, 1000, 300'000, 10'000'000);
  const bool compression = GENERATE(false, true);
  CAPTURE(size, step, compression);
  const auto payload = base::SharedBytes::copy_of(text_like(size, 1));
  PacketQueue queue{compression};
  for (int i = 0; i < 3; ++i) {
    auto body = in_pieces(assignment_of(payload.bytes()), payload);
    queue.push(proto::AssignTasks::number, std::move(body));
  }
  const auto packets = transferred(queue, step);
  REQUIRE(packets.size() == 3);
  for (const Packet& packet : packets)
    CHECK(std::ranges::equal(packet.body.bytes(), encoded(assignment_of(payload.bytes()))));
  CHECK(queue.bytes() == 0);
}

TEST_CASE("a large payload is written from where it lies") {
  const auto payload = base::SharedBytes::copy_of(noise(600'000, 1));
  PacketQueue queue;
  queue.push(proto::AssignTasks::number, in_pieces(assignment_of(payload.bytes()), payload));
  const auto pieces = queue.next_pieces();
  CHECK(pieces[0].size() < 100);
  CHECK(pieces[1].data() == payload.bytes().data());
  CHECK(pieces[1].size() > proto::frame_body_bytes_max - 100);
  CHECK(pieces[2].empty());
}

}  // namespace blitzen::net
