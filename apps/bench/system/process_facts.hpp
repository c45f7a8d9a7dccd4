// What /proc says of a process.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace blitzen::bench {

/// Resident memory. Throws Error{system} when the process is gone.
[[nodiscard]] std::uint64_t resident_bytes(pid_t process);

/// The process, its children, theirs, and so on.
[[nodiscard]] std::vector<pid_t> tree_of(pid_t process);

/// Processor time of all threads so far, in user mode and in the kernel. Throws Error{system} when the process is gone.
[[nodiscard]] std::chrono::nanoseconds processor_time(pid_t process);
[[nodiscard]] std::chrono::nanoseconds processor_time(const std::vector<pid_t>& processes);

/// Returns when neither of the processes has used the processor for a while. Throws Error{system} if that does not
/// happen in time.
void wait_until_idle(const std::vector<pid_t>& processes);

}  // namespace blitzen::bench
