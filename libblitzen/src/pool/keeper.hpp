// The keeper: a process that sleeps beside a zygote and ends what that leaves when it is killed, also if the pool dies
// with it.
#pragma once

#include <sys/types.h>

namespace blitzen::pool {

/// Forks it from the calling process, the zygote, before that has anything which must not be copied. 0: it cannot be
/// had.
[[nodiscard]] pid_t start_keeper();

}  // namespace blitzen::pool
