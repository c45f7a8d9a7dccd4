// Peers on loopback that are none of Blitzen's programs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"
#include "proto/codec.hpp"
#include "proto/frame.hpp"

namespace blitzen::e2e {

using Bytes = std::vector<std::byte>;

[[nodiscard]] Bytes to_bytes(std::string_view text);

/// A packet as it travels: whole, in one frame.
[[nodiscard]] Bytes make_frame(proto::PacketNumber number, const Bytes& body);

template <class Packet>
[[nodiscard]] Bytes frame_of(const Packet& packet) {
  Bytes body;
  proto::encode(packet, body);
  return make_frame(Packet::number, body);
}

/// Takes a packet of this kind off the front of `bytes`. Throws DecodeError if something else is there.
template <class Packet>
[[nodiscard]] Packet take_packet(std::span<const std::byte>& bytes) {
  if (bytes.size() < proto::frame_header_bytes) throw proto::DecodeError("there is no frame");
  const auto header = proto::decode_frame_header(bytes.first<proto::frame_header_bytes>());
  bytes = bytes.subspan(proto::frame_header_bytes);
  if (header.packet != Packet::number || bytes.size() < header.body_bytes) throw proto::DecodeError("another packet");
  Packet packet;
  proto::decode(bytes.first(header.body_bytes), packet);
  bytes = bytes.subspan(header.body_bytes);
  return packet;
}

/// A port at which nothing listens and, while this lives, nothing will.
class DeadPort {
 public:
  DeadPort();
  [[nodiscard]] std::uint16_t number() const;

 private:
  base::UniqueFd socket_;
};

/// Reads something from whoever connects, says the same to everybody, and hangs up when they do.
class FakeServer {
 public:
  explicit FakeServer(Bytes answer);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();
  [[nodiscard]] std::uint16_t port() const;

 private:
  void serve();
  void serve(const base::UniqueFd& peer);
  [[nodiscard]] bool wait_readable(int socket) const;

  Bytes answer_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;
  std::thread thread_;
};

/// A connection to a port of loopback, over which nothing was said. Whoever waits for it to be read gives up after a
/// minute.
[[nodiscard]] base::UniqueFd connect_to(std::uint16_t port);

/// Connects, says this, and returns all that is answered until the other side hangs up.
[[nodiscard]] Bytes talk_to(std::uint16_t port, const Bytes& words);

}  // namespace blitzen::e2e
