#include "server/failures.hpp"

#include <string>
#include <utility>

#include "proto/failure.hpp"

namespace blitzen::server {

proto::Failure over_task_limit(std::uint64_t task_limit) {
  return proto::failure_saying(
      "the server did not accept the task: this driver may have " + std::to_string(task_limit) +
      " unsettled tasks at once; wait for results before running more, or start blitzen-server with a "
      "larger task limit (--task-limit)");
}

proto::Failure leaves_too_many_out(std::uint64_t number) {
  return proto::failure_saying("the server did not accept the task: its driver numbered it " + std::to_string(number) +
                               " and left out too many numbers before it; update the driver's Blitzen");
}

proto::Failure timed_out_by_server(std::chrono::nanoseconds timeout) {
  proto::Failure failure = proto::timed_out(timeout);
  failure.message += "; its client did not end it in time, so the server gave up on it";
  return failure;
}

proto::Failure cancelled_by_driver() { return proto::failure_saying("cancelled by the driver"); }

proto::Failure client_lost(std::string_view host) {
  return proto::failure_saying("the client on " + std::string(host) +
                               " was lost while it had this task, which may have been started and is not started "
                               "again (worker_deaths_max is 1)");
}

proto::Failure no_client_can(std::string_view last_refusal) {
  std::string message = "no connected client can run the task";
  if (!last_refusal.empty()) message.append(": ").append(last_refusal);
  return proto::failure_saying(std::move(message));
}

proto::Failure arguments_too_large(std::uint64_t bytes, std::uint64_t bytes_max) {
  return proto::failure_saying("the task's arguments take " + std::to_string(bytes) + " bytes, more than the " +
                               std::to_string(bytes_max) +
                               " that fit a packet: pass less, or the name of a file all clients can read");
}

proto::Outcome outcome_of(core::OutcomeKind kind) {
  switch (kind) {
    case core::OutcomeKind::value:
      return proto::Outcome::value;
    case core::OutcomeKind::error:
      return proto::Outcome::error;
    case core::OutcomeKind::timed_out:
      return proto::Outcome::timed_out;
    case core::OutcomeKind::cancelled:
      return proto::Outcome::cancelled;
    case core::OutcomeKind::poisoned:
      return proto::Outcome::poisoned;
    case core::OutcomeKind::expired:
      return proto::Outcome::expired;
  }
  return proto::Outcome::error;
}

}  // namespace blitzen::server
