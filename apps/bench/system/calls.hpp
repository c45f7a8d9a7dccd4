// System calls that throw, and reads and writes that are complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "apps/bench/system/descriptor.hpp"

namespace blitzen::bench {

using Connection = std::pair<Descriptor, Descriptor>;

/// Returns `result`, or throws Error{system} with errno's text when it is negative.
long checked(long result, const char* what);

/// Both ends of a TCP connection over loopback, with TCP_NODELAY.
[[nodiscard]] Connection tcp_connection();

/// Both ends of a Unix stream socket.
[[nodiscard]] Connection socket_pair();

void make_nonblocking(int fd);

/// For blocking descriptors. Throw Error{system}, also at end of file.
void read_all(int fd, std::span<std::byte> bytes);
void write_all(int fd, std::span<const std::byte> bytes);

/// Nanoseconds of the monotonic clock, which all processes of a machine share.
[[nodiscard]] std::int64_t now_ns();

}  // namespace blitzen::bench
