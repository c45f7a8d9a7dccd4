// W3: tasks whose arguments and results are large.
#pragma once

#include <cstddef>

#include "blitzen/dispatcher.hpp"

namespace blitzen::bench {

/// `count` tasks that get and return `bytes` bytes each, at least 16: from the first run() until the last outcome has
/// been fetched. Throws WrongResult.
[[nodiscard]] double seconds_with_payloads(Dispatcher& dispatcher, std::size_t count, std::size_t bytes);

}  // namespace blitzen::bench
