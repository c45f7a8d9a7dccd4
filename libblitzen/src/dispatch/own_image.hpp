// This program's own executable, as an image to send.
#pragma once

#include <cstdint>

#include "base/shared_bytes.hpp"
#include "proto/packets.hpp"

namespace blitzen::dispatch {

/// How it is offered to a server. Read once per process. Throws Error{system} when the executable cannot be read.
[[nodiscard]] const proto::OfferImage& own_image();

/// Throws Error{too_large} when an image of so many bytes is more than a peer that takes such packets can be sent.
void require_sendable(std::uint64_t image_bytes, std::uint64_t packet_bytes_max);

/// The executable, of which what is used is read when it is used: all at once may take longer than a server waits for a
/// sign of life. Throws Error{system}.
[[nodiscard]] base::SharedBytes own_image_content();

}  // namespace blitzen::dispatch
