#include "server/job_outcomes.hpp"

#include <string>
#include <utility>

#include "blitzen/proto/archive.hpp"

namespace blitzen::server {

/// A small one would keep all of its packet in memory.
base::SharedBytes JobOutcomes::held(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  return outcome.content.size() < proto::large_outcome_bytes_min ? arena_.copy_of(outcome.content)
                                                                 : packet.slice(outcome.content);
}

void JobOutcomes::add(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  if (!tasks_.keep(outcome, held(outcome, packet))) return;
  bytes_.add(kept_outcome_bytes + outcome.content.size());
  untold_.push_back(outcome.number);
}

void JobOutcomes::restore(const proto::ReportedOutcome& outcome, const base::SharedBytes& content) {
  tasks_.restore(outcome, held(outcome, content));
  bytes_.add(kept_outcome_bytes + outcome.content.size());
}

void JobOutcomes::forget(std::uint64_t number) {
  if (const StoredTask* kept = tasks_.find_kept(number)) bytes_.remove(kept_outcome_bytes + kept->arguments.size());
  tasks_.forget(number);
}

void JobOutcomes::begin(bool new_driver) {
  untold_.clear();
  sent_.clear();
  acknowledged_ = 0;
  tasks_.for_each([&](std::uint64_t number, const StoredTask& task) {
    if (task.state != StoredState::kept) return;
    if (new_driver) tasks_.find_kept(number)->came = false;
    if (!task.came) untold_.push_back(number);
  });
}

void JobOutcomes::tell(net::Channel& channel) {
  while (!untold_.empty() && channel.unsent_bytes() < job_told_ahead_bytes) {
    const std::uint64_t number = untold_.front();
    untold_.pop_front();
    const StoredTask* kept = tasks_.find_kept(number);
    if (kept == nullptr) continue;
    const proto::ReportedOutcome outcome{number, kept->outcome, static_cast<std::uint64_t>(kept->timeout.count()),
                                         kept->arguments.bytes()};
    if (outcome.content.size() >= proto::large_outcome_bytes_min) {
      channel.send(proto::ReportOutcomes{{outcome}}, kept->arguments);
      continue;
    }
    batch_.add(outcome);
    in_batch_.push_back(number);
    if (batch_.full()) flush(channel);
  }
  if (!batch_.empty()) flush(channel);
}

void JobOutcomes::flush(net::Channel& channel) {
  channel.send_body(proto::ReportOutcomes::number, batch_.finish());
  batch_.clear();
  sent_.push_back(std::exchange(in_batch_, {}));
}

void JobOutcomes::acknowledge(const proto::AcknowledgeOutcomes& came) {
  if (came.packets < acknowledged_ || came.packets - acknowledged_ > sent_.size())
    throw proto::DecodeError("a driver says that " + std::to_string(came.packets) +
                             " packets of outcomes have come, which cannot be");
  for (; acknowledged_ < came.packets; ++acknowledged_) {
    for (const std::uint64_t number : sent_.front()) mark_come(number);
    sent_.pop_front();
  }
  for (const std::uint64_t number : came.large) mark_come(number);
}

void JobOutcomes::mark_come(std::uint64_t number) {
  if (StoredTask* kept = tasks_.find_kept(number)) kept->came = true;
}

}  // namespace blitzen::server
