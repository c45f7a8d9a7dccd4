// A message of 64 bytes to and fro, for the floors that differ only in its way.
#pragma once

#include <cstddef>

#include "apps/bench/statistics.hpp"

namespace blitzen::bench::floors {

inline constexpr std::size_t message_bytes = 64;

/// Answers each message with another, until the connection ends (which throws).
[[noreturn]] void echo(int fd);

/// Sends a message and waits for its answer, that many times. Throws Error{system} when an answer is wrong.
[[nodiscard]] Latency time_echoes(int fd, std::size_t rounds);

}  // namespace blitzen::bench::floors
