// What /proc says about a server.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <vector>

namespace blitzen::soak {

/// In memory, of all it has. Throws std::runtime_error when it is gone.
[[nodiscard]] double mebibytes_of(pid_t process);
[[nodiscard]] std::size_t count_descriptors(pid_t process);

[[nodiscard]] double median(std::vector<double> numbers);

}  // namespace blitzen::soak
