// Sleeping on a word of memory that processes share.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <climits>
#include <cstdint>
#include <ctime>
#include <optional>

#include "pool/pool.hpp"

namespace blitzen::pool {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free && std::atomic<std::uint64_t>::is_always_lock_free,
              "atomics are shared between processes");

/// Sleeps while `word` holds `expected`, at most that long. May return early: the caller looks again.
inline void futex_wait(std::atomic<std::uint32_t>& word, std::uint32_t expected, std::optional<Duration> at_most = {}) {
  timespec limit{};
  if (at_most) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*at_most);
    limit.tv_sec = seconds.count();
    limit.tv_nsec = (*at_most - seconds).count();
  }
  ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, at_most ? &limit : nullptr, nullptr, 0);
}

/// Wakes everybody who sleeps on `word`.
inline void futex_wake(std::atomic<std::uint32_t>& word) {
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace blitzen::pool
