// How much memory this process can hope for.
#pragma once

#include <cstdint>
#include <filesystem>

namespace blitzen::base {

/// The least of: what the machine has, what the process's control groups allow, and its own limits (ulimit -v, -d).
[[nodiscard]] std::uint64_t usable_memory();

/// The least limit of the control groups that `membership` (as /proc/self/cgroup) names below `root` (as
/// /sys/fs/cgroup), both versions; the largest number if there is none.
[[nodiscard]] std::uint64_t control_group_memory(const std::filesystem::path& membership,
                                                 const std::filesystem::path& root);

}  // namespace blitzen::base
