// Numbers that nobody can guess and that do not come twice.
#pragma once

#include <cstdint>
#include <random>

namespace blitzen::base {

/// From the kernel.
[[nodiscard]] inline std::uint64_t random_number() {
  std::random_device random;
  return (std::uint64_t{random()} << 32U) | random();
}

}  // namespace blitzen::base
