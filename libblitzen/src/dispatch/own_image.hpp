// This program's own executable, as an image to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "proto/packets.hpp"

namespace blitzen::dispatch {

/// How it is offered to a server. Read once per process. Throws Error{system} when the executable cannot be read.
[[nodiscard]] const proto::OfferImage& own_image();

/// Throws Error{too_large} when an image of so many bytes is more than a peer that takes such packets can be sent.
void require_sendable(std::uint64_t image_bytes, std::uint64_t packet_bytes_max);

/// The executable mapped into memory, as long as this object lives.
class OwnImageContent {
 public:
  OwnImageContent();
  OwnImageContent(const OwnImageContent&) = delete;
  OwnImageContent& operator=(const OwnImageContent&) = delete;
  ~OwnImageContent();
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace blitzen::dispatch
