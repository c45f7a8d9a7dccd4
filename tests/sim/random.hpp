// Random numbers that follow from a seed, the same on every machine.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/ids.hpp"

namespace blitzen::sim {

/// SplitMix64: as small as a generator can be, so that everything random can have one of its own, and what happens in
/// one place does not change the numbers of another.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// Both included.
  std::uint64_t between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  core::Duration between(core::Duration low, core::Duration high) {
    return core::Duration{static_cast<std::int64_t>(
        between(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count())))};
  }
  /// For another generator.
  Random split() { return Random{next()}; }

 private:
  std::uint64_t state_;
};

}  // namespace blitzen::sim
