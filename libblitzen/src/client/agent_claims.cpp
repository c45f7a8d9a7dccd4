// What an agent does with what is left of a lost connection.
#include <chrono>
#include <limits>
#include <utility>

#include "client/agent.hpp"

namespace blitzen::client {
namespace {

/// The same server, or a later life of it that has the same journal.
bool knows_attempts_of(std::uint64_t epoch, std::uint64_t earlier) {
  return earlier != 0 && epoch / proto::epochs_per_journal == earlier / proto::epochs_per_journal;
}

}  // namespace

/// What executes goes on. The rest is had again from the server.
void Agent::park_tasks() {
  images_.forget_awaited();
  refused_by_library_.clear();
  finished_.clear();
  returned_.clear();
  pool_.retract(std::numeric_limits<std::size_t>::max());
  turn();
}

void Agent::attach(std::shared_ptr<net::Channel> channel, bool claims) {
  const std::uint64_t epoch = channel->peer().epoch;
  const bool known = knows_attempts_of(epoch, std::exchange(epoch_, epoch));
  functions_.forget_indexes();
  // Results that are in already would otherwise count as executing.
  if (claims && known) pool_.process(std::chrono::steady_clock::now());
  channel_ = std::move(channel);
  channel_->listen(weak_from_this());
  if (claims && known) claim_tasks();
  abandoning_ = claims && !known;
  turn();
}

void Agent::claim_tasks() {
  const LeftResults left = std::exchange(left_, {});
  std::vector<pool::Executing> executing;
  pool_.list_executing(std::chrono::steady_clock::now(), executing);
  proto::ClaimAttempts claimed;
  for (const LeftResults::Finished& one : left.finished()) claimed.attempts.push_back(one.task.id);
  for (const proto::WorkerDeath& death : left.deaths()) claimed.attempts.push_back(death.id);
  for (const pool::Executing& task : executing) claimed.attempts.push_back(attempt_of(task.tag));
  channel_->send(claimed);
  for (const LeftResults::Finished& one : left.finished()) finish(one.task);
  for (const proto::WorkerDeath& death : left.deaths()) channel_->send(death);
}

/// Another server may use the same numbers for other tasks, so it hears of us when nothing is left. Warm workers,
/// images and functions stay.
void Agent::abandon_tasks() {
  left_ = {};
  trials_.clear();
  pool_.retract(std::numeric_limits<std::size_t>::max());
  std::vector<pool::Executing> executing;
  pool_.list_executing(std::chrono::steady_clock::now(), executing);
  for (const pool::Executing& task : executing) pool_.cancel(task.tag);
  totals_.abandoned += executing.size();
  if (pool_.unsettled() > 0) return;
  abandoning_ = false;
  channel_->send(proto::ClaimAttempts{});
}

}  // namespace blitzen::client
