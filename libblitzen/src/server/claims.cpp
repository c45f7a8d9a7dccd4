// Clients that come back with what they still have.
#include <utility>

#include "proto/codec.hpp"
#include "proto/failure.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

/// A start that was recorded may have happened, and must not happen again.
proto::Failure started_before() {
  return proto::failure_saying(
      "the server was started anew while this task may have been executing, and it must not be started twice "
      "(worker_deaths_max is 1)");
}

}  // namespace

void Broker::claim(net::Channel& channel, proto::PacketNumber number, const base::SharedBytes& body) {
  if (number != proto::PacketNumber::claim_attempts)
    throw proto::DecodeError("a client must say what it claims before anything else");
  proto::ClaimAttempts claimed;
  proto::decode(body.bytes(), claimed);
  claiming_.erase(&channel);
  const core::ClientId client{next_client_};
  join_client(channels_.at(&channel));
  for (const proto::AttemptId& id : claimed.attempts)
    happened(core::AttemptClaimed{client, {core::DriverId{id.driver}, id.number}, id.attempt});
}

bool Broker::waits_for_claims() const { return claims_end_ && now_ < *claims_end_; }

void Broker::end_claims() {
  claims_end_.reset();
  for (const core::TaskId& task : std::exchange(may_have_started_, {})) {
    if (!scheduler_.is_assigned(task)) settle_started(task);
  }
}

void Broker::settle_started(const core::TaskId& task) {
  DriverSession* driver = drivers_.find(task.driver);
  if (driver == nullptr || driver->tasks().find(task.number) == nullptr) return;
  report_failure(*driver, task.number, proto::Outcome::error, started_before());
  driver->tasks().remove(task.number);
  scheduler_.step(core::TaskCancelled{task}, now_, actions_);
  actions_.clear();  // its outcome is told already
}

}  // namespace blitzen::server
