// Channel::send: encodes straight into the channel's outgoing bytes.
#pragma once

#include "net/channel.hpp"
#include "proto/codec.hpp"

namespace blitzen::net {

template <class Packet>
void Channel::send(const Packet& packet) {
  std::vector<std::byte>* const body = begin_packet();
  if (body == nullptr) return;
  try {
    proto::encode(packet, *body);
  } catch (...) {
    discard_packet();
    throw;
  }
  end_packet(Packet::number);
}

template <class Packet>
void Channel::send(const Packet& packet, const base::SharedBytes& payload) {
  if (payload.size() < shared_payload_bytes_min) return send(packet);
  BodyEncoder encoder{payload};
  proto::encode(packet, encoder);
  send_pieces(Packet::number, encoder.finish());
}

inline void Channel::send_body(proto::PacketNumber number, std::span<const std::byte> body) {
  std::vector<std::byte>* const out = begin_packet();
  if (out == nullptr) return;
  out->insert(out->end(), body.begin(), body.end());
  end_packet(number);
}

}  // namespace blitzen::net
