// The facts that a journal keeps for a server that may be killed at any moment.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "base/shared_bytes.hpp"

namespace blitzen::journal {

using SessionId = std::array<std::byte, 16>;

/// Whatever is recorded of a driver before it joined, or after it was forgotten, is ignored; so is a second joining.
struct DriverJoined {
  std::uint32_t driver = 0;
  SessionId session{};
  std::string job{};   ///< Empty: the driver named none.
  bool keeps = false;  ///< Its tasks go on without it.
  /// All its tasks' numbers are lower. What is done with is not in the journal, but its numbers must not be used again.
  std::uint64_t numbers_below = 0;

  bool operator==(const DriverJoined&) const = default;
};

/// Takes the place of what was recorded when the driver joined.
struct DriverChanged {
  DriverJoined now{};
};

/// Everything of the driver is deleted.
struct DriverForgotten {
  std::uint32_t driver = 0;
};

struct FunctionDefined {
  std::uint32_t driver = 0;
  std::uint32_t index = 0;
  base::SharedBytes definition{};
};

/// Ignored for a task that is there already, settled or not.
struct TaskAccepted {
  std::uint32_t driver = 0;
  std::uint64_t number = 0;
  std::uint32_t function = 0;
  std::uint64_t timeout_ns = 0;
  std::uint8_t worker_deaths_max = 0;
  base::SharedBytes arguments{};
};

/// Only recorded for tasks that must not start twice. Ignored for a task that is not there, or is settled.
struct TaskStarted {
  std::uint32_t driver = 0;
  std::uint64_t number = 0;
};

/// Final: the first outcome of a task stays until it is acknowledged, a later one is ignored. The arguments are
/// deleted. The task need not have been accepted: one that was refused has an outcome as well.
struct TaskSettled {
  std::uint32_t driver = 0;
  std::uint64_t number = 0;
  std::uint8_t outcome = 0;
  std::uint64_t ran_ns = 0;
  base::SharedBytes content{};
};

/// The outcomes of the tasks from `first` to `last`, both included, are deleted. Tasks that are not settled stay.
struct OutcomesAcknowledged {
  std::uint32_t driver = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

using Record = std::variant<DriverJoined, DriverChanged, DriverForgotten, FunctionDefined, TaskAccepted, TaskStarted,
                            TaskSettled, OutcomesAcknowledged>;

}  // namespace blitzen::journal
