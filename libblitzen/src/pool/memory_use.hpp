// How much memory a process and its descendants use: what they have for themselves. Neither files that they map, which
// the kernel can drop, nor what they share with others, such as payloads on their way to the pool.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace blitzen::pool {

/// Costs some microseconds per process. Never much too little, but pages that a fork left to parent and child count
/// twice. 0 if the process is gone.
[[nodiscard]] std::uint64_t estimate_memory(pid_t process);

/// The same with each page counted once, which costs some ten milliseconds per gigabyte.
[[nodiscard]] std::uint64_t measure_memory(pid_t process);

}  // namespace blitzen::pool
