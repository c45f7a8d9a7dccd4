// W1: how many tasks that do next to nothing come and go in a second.
#pragma once

#include <cstddef>
#include <memory>

#include "apps/bench/workloads/workload.hpp"
#include "blitzen/dispatcher.hpp"

namespace blitzen::bench {

/// From the first run() until the last outcome has been fetched. Throws WrongResult.
[[nodiscard]] double tasks_per_second(Dispatcher& dispatcher, std::size_t count);

}  // namespace blitzen::bench
