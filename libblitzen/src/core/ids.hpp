// The names of things inside the scheduler, and its time.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>

namespace blitzen::core {

/// The core never reads a clock: hosts pass the monotonic time in.
using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Chosen by the host; small and dense, never reused within one scheduler's life.
enum class DriverId : std::uint32_t {};
enum class ClientId : std::uint32_t {};

/// What a client must be able to run for a task: an image, or a function registered by name. Interned by the host.
enum class CodeId : std::uint32_t {};

/// Which try at a task this is, upwards. Only the current attempt may settle the task. The upper bits say in which life
/// of the host it was handed out, so that no two lives hand out the same; 0 is none.
using Attempt = std::uint32_t;
inline constexpr unsigned attempts_per_life_bits = 20;
inline constexpr std::uint32_t lives_max = 1U
                                           << (32 - attempts_per_life_bits);  ///< Then they are counted from 0 again.

/// A driver numbers its own tasks upwards from 0; gaps may fill in later, because large submissions travel apart.
struct TaskId {
  DriverId driver{};
  std::uint64_t number = 0;
  friend auto operator<=>(const TaskId&, const TaskId&) = default;  // NOLINT(modernize-use-nullptr): there is no 0
};

}  // namespace blitzen::core
