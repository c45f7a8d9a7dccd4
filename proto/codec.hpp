// Packets to bytes and back. The bytes are a packet's body: what travels between frame headers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "blitzen/proto/archive.hpp"
#include "proto/packets.hpp"

namespace blitzen::proto {

/// Appends the encoded `value` to `out`. For every packet, every item of a batch, and Failure.
/// A text over text_bytes_max is cut there. Throws EncodeError when a payload exceeds packet_bytes_max.
template <class Value>
void encode(const Value& value, std::vector<std::byte>& out);
template <class Value>
void encode(const Value& value, ByteSink& out);

/// Decodes all of `bytes` into `value`, whose vectors keep their capacity. Views in it show `bytes`.
/// Throws DecodeError, then leaves `value` in any state.
template <class Value>
void decode(std::span<const std::byte> bytes, Value& value);

/// What a Hello of any version, past or future, can be asked.
struct HelloVersions {
  std::uint16_t version = 0;
  std::uint16_t oldest_version = 0;
};

/// The versions a Hello's body names; nothing if it does not start as a Hello does.
[[nodiscard]] std::optional<HelloVersions> read_hello_versions(std::span<const std::byte> body);

}  // namespace blitzen::proto
