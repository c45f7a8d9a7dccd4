// The scheduler alone, with simulated clients: no sockets, no workers, no payloads, one thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace blitzen::bench {

struct SimulatedClients {
  std::size_t count;
  std::uint32_t slots;
};

/// Submits that many tasks, and then lets the clients finish them in the order in which they got them. Returns tasks
/// per second; each is submitted, assigned and settled once. Throws WrongResult when one gets no outcome.
[[nodiscard]] double core_tasks_per_second(SimulatedClients clients, std::size_t tasks);

/// With every client busy and `queued` more tasks waiting, finishes and submits tasks in turn, so that the queue keeps
/// its length. Returns nanoseconds per task.
[[nodiscard]] double core_ns_per_task(SimulatedClients clients, std::size_t queued, std::size_t tasks);

}  // namespace blitzen::bench
