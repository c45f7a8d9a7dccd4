// What the scheduler asks its host to do, in order.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "core/ids.hpp"

namespace blitzen::core {

enum class RejectReason : std::uint8_t {
  task_limit,    ///< The driver has task_limit unsettled tasks already.
  missing_many,  ///< The number leaves too many others out before it (NumberedTable::missing_max).
};

/// Not accepted. That is the task's end, as if it had been settled: submitting it again changes nothing. Only a number
/// that leaves too many out is not remembered, because that would take the memory that the limit saves.
struct RejectTask {
  TaskId task;
  RejectReason reason;
};

/// Send the task to the client. The attempt fences every later report about it.
struct AssignTask {
  ClientId client;
  TaskId task;
  Attempt attempt;
};

/// Ask the client to hand back up to `count` tasks it has not started.
struct RecallTasks {
  ClientId client;
  std::uint32_t count;
};

/// Tell the client to stop this attempt; nothing it says about it counts any more.
struct CancelAttempt {
  ClientId client;
  TaskId task;
  Attempt attempt;
};

/// The death just reported counts: keep its obituary with the task.
struct RecordDeath {
  TaskId task;
};

/// How a task ended. Mirrors blitzen::OutcomeKind.
enum class OutcomeKind : std::uint8_t { value, error, timed_out, cancelled, poisoned, expired };

/// Why the host must make up the outcome's text itself, when no client wrote one.
enum class OutcomeCause : std::uint8_t {
  reported,       ///< A client's report settled it; its payload is at hand.
  backstop,       ///< The client did not enforce the timeout in time.
  cancelled,      ///< The driver asked for it.
  worker_deaths,  ///< The recorded obituaries say why.
  no_client_can,  ///< Every connected client refused the code; the last refusal says why.
  client_lost,    ///< The client that was just lost had it, and it must not be started twice.
};

/// The one and only outcome of the task. The host may let go of everything it keeps for the task.
struct ReportOutcome {
  TaskId task;
  OutcomeKind kind;
  OutcomeCause cause;
};

enum class DropReason : std::uint8_t { silence, revive_limit };

/// Disconnect the client. The core already treats it as lost; no ClientLost needs to follow.
struct DropClient {
  ClientId client;
  DropReason reason;
};

/// The driver was away for too long. The core already treats it as lost; no DriverLost needs to follow.
struct DropDriver {
  DriverId driver;
};

using Action = std::variant<RejectTask, AssignTask, RecallTasks, CancelAttempt, RecordDeath, ReportOutcome, DropClient,
                            DropDriver>;
using Actions = std::vector<Action>;

}  // namespace blitzen::core
