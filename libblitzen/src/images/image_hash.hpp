// The identity of an image: the SHA-256 of its bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "proto/packets.hpp"

namespace blitzen::images {

[[nodiscard]] proto::ImageHash hash_bytes(std::span<const std::byte> content);

/// Hashes the whole file behind `fd`, wherever its offset is, and leaves the offset alone.
/// Throws Error{system} when it cannot be read.
[[nodiscard]] proto::ImageHash hash_file(int fd);

/// 64 lower-case hex digits.
[[nodiscard]] std::string to_hex(const proto::ImageHash& hash);

}  // namespace blitzen::images
