// Which processes the calling process has to answer for.
#pragma once

#include <sys/types.h>

#include <vector>

namespace blitzen::pool {

/// The children of this process, zombies included, adopted orphans included.
[[nodiscard]] std::vector<pid_t> list_children();

/// How many threads this process has.
[[nodiscard]] std::size_t count_threads();

}  // namespace blitzen::pool
