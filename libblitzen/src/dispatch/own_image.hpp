// This program's own executable, as an image to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "proto/packets.hpp"

namespace blitzen::dispatch {

/// Hashed once per process. Throws Error{system} when the executable cannot be read.
[[nodiscard]] const proto::ImageHash& own_image_hash();
[[nodiscard]] std::uint64_t own_image_bytes();
/// File name of the executable, for sentences.
[[nodiscard]] std::string own_image_name();

/// The executable mapped into memory, as long as this object lives.
class OwnImage {
 public:
  OwnImage();
  OwnImage(const OwnImage&) = delete;
  OwnImage& operator=(const OwnImage&) = delete;
  ~OwnImage();
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace blitzen::dispatch
