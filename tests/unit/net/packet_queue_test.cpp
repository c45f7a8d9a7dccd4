#include "net/packet_queue.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "net/packet_reader.hpp"
#include "sample_content.hpp"

namespace blitzen::net {
namespace {

using proto::PacketNumber;

void add(PacketQueue& queue, PacketNumber number, std::size_t size, unsigned char fill) {
  auto& out = queue.begin();
  out.insert(out.end(), size, std::byte{fill});
  queue.commit(number);
}

void add(PacketQueue& queue, PacketNumber number, const std::vector<std::byte>& content) {
  auto& out = queue.begin();
  out.insert(out.end(), content.begin(), content.end());
  queue.commit(number);
}

/// Takes everything in pieces of at most `piece` bytes, as a slow socket would.
std::vector<std::byte> take_all(PacketQueue& queue, std::size_t piece) {
  std::vector<std::byte> bytes;
  while (true) {
    const auto next = queue.front();
    if (next.empty()) return bytes;
    const auto taken = next.first(std::min(piece, next.size()));
    bytes.insert(bytes.end(), taken.begin(), taken.end());
    queue.consumed(taken.size());
  }
}

std::vector<Packet> packets_in(std::span<const std::byte> bytes) {
  PacketReader reader{proto::packet_bytes_max, true};
  std::vector<Packet> packets;
  while (!bytes.empty()) {
    const auto room = reader.room();
    const auto part = bytes.first(std::min(room.size(), bytes.size()));
    std::copy(part.begin(), part.end(), room.begin());
    reader.added(part.size());
    bytes = bytes.subspan(part.size());
    Packet packet;
    while (reader.next(packet)) packets.push_back(packet);
  }
  return packets;
}

TEST_CASE("small packets leave in order") {
  PacketQueue queue;
  add(queue, PacketNumber::heartbeat, 2, 1);
  add(queue, PacketNumber::accept_tasks, 0, 0);
  CHECK(queue.bytes() == 18);
  const auto packets = packets_in(take_all(queue, 3));
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].number == PacketNumber::heartbeat);
  CHECK(packets[1].number == PacketNumber::accept_tasks);
  CHECK(queue.bytes() == 0);
}

TEST_CASE("the largest packet that fits a frame travels whole, the next one in fragments") {
  PacketQueue queue;
  add(queue, PacketNumber::image, proto::frame_body_bytes_max, 1);
  CHECK(take_all(queue, 1'000'000).size() == proto::frame_header_bytes + proto::frame_body_bytes_max);
  add(queue, PacketNumber::image, proto::frame_body_bytes_max + 1, 2);
  CHECK(queue.bytes() == proto::frame_body_bytes_max + 1);
  const auto bytes = take_all(queue, 1'000'000);
  CHECK(bytes.size() == 2 * proto::frame_header_bytes + proto::fragment_total_bytes + proto::frame_body_bytes_max + 1);
  CHECK(packets_in(bytes).front().body.size() == proto::frame_body_bytes_max + 1);
}

TEST_CASE("a small packet passes between the fragments of large ones") {
  PacketQueue queue;
  add(queue, PacketNumber::image, 4 * proto::frame_body_bytes_max, 1);
  const auto first = queue.front();
  const std::vector<std::byte> header{first.begin(), first.end()};
  queue.consumed(first.size());
  add(queue, PacketNumber::heartbeat, 2, 2);
  auto bytes = header;
  const auto rest = take_all(queue, 1000);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  const auto packets = packets_in(bytes);
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].number == PacketNumber::heartbeat);
  CHECK(packets[1].body.size() == 4 * proto::frame_body_bytes_max);
}

TEST_CASE("large packets take turns: a shorter one that came later is done first") {
  PacketQueue queue;
  add(queue, PacketNumber::image, 20 * proto::frame_body_bytes_max, 1);
  add(queue, PacketNumber::submit_tasks, 2 * proto::frame_body_bytes_max, 2);
  const auto packets = packets_in(take_all(queue, 100'000));
  REQUIRE(packets.size() == 2);
  CHECK(packets[0].number == PacketNumber::submit_tasks);
  CHECK(packets[1].number == PacketNumber::image);
}

TEST_CASE("a large packet of the usual size is complete before the next one begins") {
  constexpr std::size_t usual = 1024 * 1024;
  PacketQueue queue;
  add(queue, PacketNumber::submit_tasks, usual, 1);
  add(queue, PacketNumber::submit_tasks, usual, 2);
  auto bytes = take_all(queue, 100'000);
  bytes.resize(bytes.size() / 2);
  CHECK(packets_in(bytes).size() == 1);
}

TEST_CASE("what cancels attempts overtakes no task that was sent before, however large") {
  PacketQueue queue;
  add(queue, PacketNumber::assign_tasks, 3 * proto::frame_body_bytes_max, 1);
  add(queue, PacketNumber::cancel_attempts, 10, 2);
  add(queue, PacketNumber::recall_tasks, 4, 3);
  add(queue, PacketNumber::assign_tasks, 2 * proto::frame_body_bytes_max, 4);
  add(queue, PacketNumber::cancel_attempts, 10, 5);
  const std::size_t queued = queue.bytes();
  const auto bytes = take_all(queue, 100'000);
  CHECK(queued >= 5 * proto::frame_body_bytes_max + 2 * (proto::frame_header_bytes + 10));
  CHECK(queue.bytes() == 0);
  std::vector<unsigned> order;
  for (const Packet& packet : packets_in(bytes)) order.push_back(std::to_integer<unsigned>(packet.body.bytes()[0]));
  CHECK(order == std::vector<unsigned>{3, 1, 2, 4, 5});
}

TEST_CASE("what cancels attempts waits for nothing that came after it") {
  PacketQueue queue;
  add(queue, PacketNumber::assign_tasks, 2 * proto::frame_body_bytes_max, 1);
  add(queue, PacketNumber::cancel_attempts, 10, 2);
  add(queue, PacketNumber::assign_tasks, 40 * proto::frame_body_bytes_max, 3);
  CHECK(packets_in(take_all(queue, 50'000))[1].number == PacketNumber::cancel_attempts);
  add(queue, PacketNumber::cancel_attempts, 10, 4);
  CHECK(queue.front().size() == proto::frame_header_bytes + 10);
}

TEST_CASE("an emptied queue gives back what large packets took") {
  constexpr std::size_t large = 8 * 1024 * 1024;
  PacketQueue queue;
  if (GENERATE(true, false)) add(queue, PacketNumber::heartbeat, 2, 1);
  add(queue, PacketNumber::image, large, 2);
  CHECK(queue.held_bytes() > large);
  CHECK(take_all(queue, proto::frame_body_bytes_max).size() > large);
  CHECK(queue.held_bytes() < large / 4);
}

TEST_CASE("what is discarded leaves no trace") {
  PacketQueue queue;
  add(queue, PacketNumber::heartbeat, 2, 1);
  queue.begin().resize(5000);
  queue.discard();
  CHECK(queue.bytes() == 10);
  CHECK(packets_in(take_all(queue, 7)).size() == 1);
}

TEST_CASE("a compressing queue sends fewer bytes of what shrinks, whole or in fragments") {
  PacketQueue queue{true};
  const std::size_t size = GENERATE(as<std::size_t>{}, 5'000, proto::frame_body_bytes_max, 3'000'000);
  const auto content = text_like(size, 1);
  add(queue, PacketNumber::image, content);
  const auto bytes = take_all(queue, 10'000);
  CHECK(bytes.size() < size * 3 / 4);
  CHECK(queue.bytes() == 0);
  const auto packets = packets_in(bytes);
  REQUIRE(packets.size() == 1);
  CHECK(std::ranges::equal(packets[0].body.bytes(), content));
}

TEST_CASE("a compressing queue sends what does not shrink as it is") {
  PacketQueue queue{true};
  const std::size_t size = GENERATE(as<std::size_t>{}, 10, 5'000, 3'000'000);
  const auto content = noise(size, 1);
  add(queue, PacketNumber::image, content);
  const auto bytes = take_all(queue, 10'000);
  CHECK(bytes.size() < size + 200);
  const bool same = std::ranges::equal(packets_in(bytes).front().body.bytes(), content);
  CHECK(same);
}

TEST_CASE("fragments that shrink and fragments that do not may belong to one packet") {
  PacketQueue queue{true};
  auto content = text_like(4 * proto::frame_body_bytes_max, 1);
  const auto middle = noise(proto::frame_body_bytes_max, 2);
  std::copy(middle.begin(), middle.end(), content.begin() + proto::frame_body_bytes_max - proto::fragment_total_bytes);
  add(queue, PacketNumber::image, content);
  add(queue, PacketNumber::submit_tasks, noise(2 * proto::frame_body_bytes_max, 3));
  const auto packets = packets_in(take_all(queue, 1'000'000));
  REQUIRE(packets.size() == 2);
  CHECK(std::ranges::equal(packets[0].body.bytes(), content));
  CHECK(std::ranges::equal(packets[1].body.bytes(), noise(2 * proto::frame_body_bytes_max, 3)));
}

TEST_CASE("whatever is queued, in whatever pieces it is taken, arrives byte for byte") {
  const std::uint32_t seed = GENERATE(range(1U, 21U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  PacketQueue queue{GENERATE(false, true)};
  std::vector<std::size_t> sizes;
  std::vector<std::byte> bytes;
  const auto take_some = [&] {
    const auto next = queue.front();
    const auto taken = next.first(std::min<std::size_t>(next.size(), random() % 400'000));
    bytes.insert(bytes.end(), taken.begin(), taken.end());
    if (!taken.empty()) queue.consumed(taken.size());
  };
  for (std::size_t i = 0; i < 40; ++i) {
    sizes.push_back(i + (random() % 4 == 0 ? random() % 1'000'000 : random() % 100));
    // The number tells the packet, the content repeats it.
    add(queue, PacketNumber{static_cast<std::uint16_t>(100 + i)}, sizes.back(), static_cast<unsigned char>(i));
    take_some();
  }
  const auto rest = take_all(queue, 1 + random() % 100'000);
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  const auto packets = packets_in(bytes);
  REQUIRE(packets.size() == sizes.size());
  for (const auto& packet : packets) {
    const auto index = static_cast<std::size_t>(packet.number) - 100;
    const auto body = packet.body.bytes();
    REQUIRE(body.size() == sizes[index]);
    REQUIRE(std::all_of(body.begin(), body.end(),
                        [&](std::byte byte) { return byte == std::byte{static_cast<unsigned char>(index)}; }));
  }
}

}  // namespace
}  // namespace blitzen::net
