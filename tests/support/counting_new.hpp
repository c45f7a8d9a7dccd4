// Counts what operator new hands out in this test program.
#pragma once

#include <cstddef>

namespace blitzen::testing {

/// From its making on, of the thread that made it.
class AllocationMeter {
 public:
  AllocationMeter();
  /// Most bytes that were allocated and not yet freed at one time.
  [[nodiscard]] std::size_t peak_bytes() const;
  [[nodiscard]] std::size_t count() const;
};

/// For memory that comes from elsewhere.
void count_taken(std::size_t bytes) noexcept;
void count_given_back(std::size_t bytes) noexcept;

}  // namespace blitzen::testing
