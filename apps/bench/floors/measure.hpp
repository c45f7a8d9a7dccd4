// The machine's own limits, each in plain POSIX calls and as fast as those go: nothing here knows of Blitzen.
#pragma once

#include <cstddef>

#include "apps/bench/statistics.hpp"

namespace blitzen::bench::floors {

/// F1: two processes hand a turn to and fro through a word in shared memory, with futex wait and wake and no spinning.
[[nodiscard]] Latency futex_ping_pong(std::size_t rounds);

/// F2: two processes send 64 bytes to and fro through a socketpair, with blocking reads.
[[nodiscard]] Latency socket_pair_ping_pong(std::size_t rounds);

/// F3: 64 bytes go driver → relay → agent over TCP and on to a worker over a socketpair, and all the way back, one
/// message at a time. Four processes; relay and agent wait in epoll, the ends in read. TCP_NODELAY.
[[nodiscard]] Latency relay_round_trip(std::size_t rounds);

/// What F4's driver does between two blocks of frames.
enum class Between {
  waits,  ///< For the answers to the one before, as F3 and F5 do.
  sends,  ///< On, as long as the connection takes more.
};

/// F4: frames of 64 bytes, written and read in blocks of up to 64 KiB, go driver → relay → agent over TCP. The agent
/// looks at each frame and answers it with one of 64 bytes. Returns frames out and back per second.
[[nodiscard]] double relay_throughput(std::size_t frames, Between between);

/// F5: 1 MiB goes driver → relay → agent over TCP and 1 MiB comes back, one request at a time. The relay takes a whole
/// message before it passes it on. Returns MiB/s, both ways counted.
[[nodiscard]] double payload_relay(std::size_t requests);

/// F6: MiB/s copied by memcpy from one block of 64 MiB to another.
[[nodiscard]] double memory_copy();

}  // namespace blitzen::bench::floors
