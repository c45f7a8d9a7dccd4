// Facts that a host tells the scheduler.
#pragma once

#include <cstdint>
#include <limits>
#include <variant>

#include "core/ids.hpp"

namespace blitzen::core {

inline constexpr Duration no_timeout = Duration::zero();
inline constexpr std::uint32_t unlimited = std::numeric_limits<std::uint32_t>::max();

/// The host remembers earlier lives of itself. First of all events, if at all.
struct LifeBegan {
  std::uint32_t life;  ///< How many there were, this one included. Attempts are numbered by it, see ids.hpp.
};

struct DriverJoined {
  DriverId driver;
  std::uint64_t task_limit;      ///< Most unsettled tasks this driver may have; further ones are rejected.
  std::uint64_t first_task = 0;  ///< Lower numbers are done with.
  bool restored = false;         ///< It had this id in the host's last life as well, and its tasks had their numbers.
};

/// The driver's connection is lost. Its tasks go on for a while, in which it may come back.
struct DriverAway {
  DriverId driver;
  Duration patience;
};

struct DriverBack {
  DriverId driver;
  std::uint64_t first_task = 0;  ///< Lower numbers that did not come are done with.
};

/// Whether the driver is slower to take outcomes than they come: while it is, none of its tasks is started.
struct DriverCongested {
  DriverId driver;
  bool congested;
};

/// The driver is gone: its tasks are forgotten and running attempts are cancelled.
struct DriverLost {
  DriverId driver;
};

/// Submitting a number twice changes nothing (submits are idempotent).
struct TaskSubmitted {
  TaskId task;
  CodeId code;
  Duration timeout = no_timeout;       ///< From the start in the worker; the client enforces it, the core backs it up.
  std::uint8_t worker_deaths_max = 3;  ///< The task is poisoned when this many workers died executing it; 1 means that
                                       ///< it must not be started twice, so it does not outlive its client either.
  bool restored = false;               ///< It was accepted before, in an earlier life of the host: no limit applies.
};

/// The driver asks that the task be cancelled wherever it is. A number that was never submitted is done with then: no
/// outcome is reported, nothing happens should it be submitted later, and it does not count as missing.
struct TaskCancelled {
  TaskId task;
};

struct ClientJoined {
  ClientId client;
  std::uint32_t slots;                     ///< Tasks it executes at once, at least 1.
  std::uint32_t prefetch_max = 4096;       ///< Most tasks it may hold unstarted, per slot.
  std::uint32_t revive_limit = unlimited;  ///< Timeouts one slot may have before the client is dropped.
  bool silence_matters = true;             ///< False for the pool inside the same process, which cannot vanish.
};

/// A client that lost its connection and joined again still has this attempt. It goes on if the task waits for its next
/// attempt, which it then need not; otherwise it is cancelled.
struct AttemptClaimed {
  ClientId client;
  TaskId task;
  Attempt attempt;
};

/// Any sign of life.
struct ClientHeard {
  ClientId client;
};

/// Takes no new tasks; what it has not started comes back as TaskReturned.
struct ClientDraining {
  ClientId client;
};

/// End of file, a protocol error, or dropped by the host.
struct ClientLost {
  ClientId client;
};

/// Seen executing (heartbeats list what runs): arms the server's backstop for the timeout.
struct StartObserved {
  ClientId client;
  TaskId task;
  Attempt attempt;
  Duration running_for;
};

enum class FinishKind : std::uint8_t { value, error, timed_out };

struct TaskFinished {
  ClientId client;
  TaskId task;
  Attempt attempt;
  FinishKind kind;
  Duration ran;        ///< From start to end in the worker; feeds the prefetch estimate.
  std::uint32_t slot;  ///< Which of the client's slots ran it; counts towards revive_limit when timed out.
};

/// The worker executing this attempt died. Only the executing task is ever charged.
struct WorkerDied {
  ClientId client;
  TaskId task;
  Attempt attempt;
};

/// Handed back unstarted: the answer to a recall or to draining. Charged to nobody.
struct TaskReturned {
  ClientId client;
  TaskId task;
  Attempt attempt;
};

/// The client cannot run the task's code at all (missing library, other architecture, code not allowed); or just not
/// now, because who has the code is away and may come back with it.
struct CodeRefused {
  ClientId client;
  TaskId task;
  Attempt attempt;
  bool for_now = false;
};

/// next_deadline() has passed.
struct DeadlineReached {};

using Event = std::variant<LifeBegan, DriverJoined, DriverAway, DriverBack, DriverCongested, DriverLost, TaskSubmitted,
                           TaskCancelled, ClientJoined, AttemptClaimed, ClientHeard, ClientDraining, ClientLost,
                           StartObserved, TaskFinished, WorkerDied, TaskReturned, CodeRefused, DeadlineReached>;

}  // namespace blitzen::core
