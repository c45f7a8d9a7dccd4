// Counts every allocation that the whole process makes with operator new.
#pragma once

#include <cstddef>
#include <cstdint>

namespace counts {

/// Allocations of all threads since the process began.
[[nodiscard]] std::uint64_t allocations() noexcept;

/// The largest allocation of all threads that `work` needs, in bytes.
void forget_largest() noexcept;
[[nodiscard]] std::size_t largest() noexcept;
template <class Work>
[[nodiscard]] std::size_t largest_allocation(Work work) {
  forget_largest();
  work();
  return largest();
}

/// How many allocations `work` needs for each of `tasks` tasks.
template <class Work>
[[nodiscard]] double allocations_per_task(std::size_t tasks, Work work) {
  const std::uint64_t before = allocations();
  work();
  return static_cast<double>(allocations() - before) / static_cast<double>(tasks);
}

}  // namespace counts
