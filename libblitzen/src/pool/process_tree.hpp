// Processes by their ids: whom the calling process has to answer for, and when one ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/unique_fd.hpp"

namespace blitzen::pool {

/// The children of this process, zombies included, adopted orphans included.
[[nodiscard]] std::vector<pid_t> list_children();
/// The children of any process. None if the kernel does not list them.
[[nodiscard]] std::vector<pid_t> list_children_of(pid_t process);
/// Every process that /proc shows.
[[nodiscard]] std::vector<pid_t> list_processes();

struct ProcessFacts {
  pid_t parent = 0;
  std::uint64_t started = 0;  ///< In the kernel's ticks. With the id, it names a process for good.
};
/// Empty if the process is gone, or hidden from this one.
[[nodiscard]] std::optional<ProcessFacts> read_facts(pid_t process);

/// A descriptor that is readable once the process has ended. Empty, with errno set, if it cannot be had.
[[nodiscard]] base::UniqueFd watch_process(pid_t process);

/// Sends a signal to a process that is watched; never to a stranger who has got its id since.
void signal_watched(const base::UniqueFd& process, int signal);
/// Whether a process that is watched has ended, reaped or not.
[[nodiscard]] bool has_ended(const base::UniqueFd& process);
/// Waits until the watched process has ended, or the deadline is over. One that could not be watched is not waited for.
void await_end(const base::UniqueFd& process, std::chrono::steady_clock::time_point deadline);

/// How many threads this process has.
[[nodiscard]] std::size_t count_threads();

}  // namespace blitzen::pool
