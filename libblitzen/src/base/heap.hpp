// The heap of this process.
#pragma once

#include <malloc.h>

namespace blitzen::base {

/// Gives memory that is free, but was kept for the next allocation, back to the system. Takes some milliseconds.
inline void give_back_free_memory() {
#ifdef __GLIBC__
  static_cast<void>(::malloc_trim(0));
#endif
}

}  // namespace blitzen::base
