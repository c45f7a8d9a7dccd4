// What /proc and the kernel's clocks say about processes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace blitzen::e2e {

/// Waits until the process has ended; false when it does not.
[[nodiscard]] bool ends(pid_t process);

/// As the kernel has it, cut to 15 characters. Empty if it is gone.
[[nodiscard]] std::string name_of(pid_t process);

/// Waits until no process has this name; false when there still is one after that time.
[[nodiscard]] bool all_named_end(const std::string& name, std::chrono::milliseconds time);

/// The process and all that descend from it.
[[nodiscard]] std::vector<pid_t> tree_of(pid_t process);

/// Memory that the process has, files included.
[[nodiscard]] std::uint64_t resident_bytes(pid_t process);

/// Processor time that a process used so far, in user and kernel mode, all its threads together.
[[nodiscard]] std::chrono::nanoseconds processor_time(pid_t process);

}  // namespace blitzen::e2e
