// A task on its way through the pool.
#pragma once

#include <cstdint>

#include "pool/pool.hpp"

namespace blitzen::pool {

struct QueuedTask {
  WorkItem item;
  std::uint64_t serial = 0;  ///< In the order of submission.
};

}  // namespace blitzen::pool
