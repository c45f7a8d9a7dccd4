// The identity of an image: the SHA-256 of its bytes.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>
#include <string>

#include "proto/packets.hpp"

namespace blitzen::images {

/// Thrown in the middle of long work when its end is asked for. No std::exception: nobody is to be told of it.
struct Interrupted {};

/// Long work on memory looks after so many bytes whether its end is asked for: within a millisecond or so.
inline constexpr std::size_t uninterrupted_bytes_max = 1024 * 1024;

/// Throws Interrupted when `stop` asks for it.
[[nodiscard]] proto::ImageHash hash_bytes(std::span<const std::byte> content, const std::stop_token& stop = {});

/// Hashes the whole file behind `fd`, wherever its offset is, and leaves the offset alone.
/// Throws Error{system} when it cannot be read, and Interrupted when `stop` asks for it.
[[nodiscard]] proto::ImageHash hash_file(int fd, const std::stop_token& stop = {});

/// 64 lower-case hex digits.
[[nodiscard]] std::string to_hex(const proto::ImageHash& hash);

}  // namespace blitzen::images
