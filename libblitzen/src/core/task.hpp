// What the scheduler keeps of one task. Millions of them exist at once, so each byte counts.
#pragma once

#include <cstdint>
#include <limits>
#include <variant>

#include "core/events.hpp"
#include "core/ids.hpp"

namespace blitzen::core {

/// No task has this number.
inline constexpr std::uint64_t no_number = std::numeric_limits<std::uint64_t>::max();

/// Waits in a lane: a doubly linked list through the tasks themselves.
struct Queued {
  std::uint64_t previous = no_number;
  std::uint64_t next = no_number;
};

/// Sent to a client, executing or not. The positions make taking it off O(1).
struct Running {
  ClientId client{};
  std::uint32_t client_position = 0;  ///< In Client::in_flight.
  std::uint32_t driver_position = 0;  ///< In Driver::running.
  bool backstop_armed = false;
};

struct Task {
  std::variant<Queued, Running> state;
  Duration timeout = no_timeout;
  std::uint32_t lane = 0;  ///< In its driver's queue; stands for the task's code.
  Attempt attempt = 0;     ///< 0 before the first assignment.
  std::uint8_t worker_deaths = 0;
  std::uint8_t worker_deaths_max = 0;  ///< 1: it must not be started twice, also if its client is lost.
};

static_assert(sizeof(Task) <= 48, "ten million queued tasks must stay affordable");

}  // namespace blitzen::core
