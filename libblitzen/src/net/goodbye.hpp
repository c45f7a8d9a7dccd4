// What a peer says before it hangs up.
#pragma once

#include "blitzen/proto/archive.hpp"
#include "proto/packets.hpp"

namespace blitzen::net {

/// The packet with this body, its sentence fit to be shown: whatever a stranger says is one line, and not empty.
/// Throws proto::DecodeError.
[[nodiscard]] proto::Goodbye read_goodbye(proto::BytesView body);

}  // namespace blitzen::net
