// This program's own executable, as an image to send.
#pragma once

#include <cstddef>
#include <span>

#include "proto/packets.hpp"

namespace blitzen::dispatch {

/// How it is offered to a server. Read once per process. Throws Error{system} when the executable cannot be read.
[[nodiscard]] const proto::OfferImage& own_image();

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
