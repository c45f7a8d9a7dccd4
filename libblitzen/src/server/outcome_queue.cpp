#include "server/outcome_queue.hpp"

#include <string>

#include "blitzen/proto/archive.hpp"

namespace blitzen::server {

void OutcomeQueue::add(net::Channel* channel, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  // A large payload goes straight to the channel: that saves a copy, and the batch stays small.
  if (outcome.content.size() < proto::large_outcome_bytes_min) {
    batch_.add(outcome);
    if (batch_.full()) flush(channel);
    return;
  }
  flush(channel);
  bytes_.add(outcome.content.size());
  large_.insert_or_assign(outcome.number, Large{outcome, packet});
  if (channel != nullptr) channel->send(proto::ReportOutcomes{{outcome}}, packet);
}

void OutcomeQueue::flush(net::Channel* channel) {
  if (batch_.empty()) return;
  packets_.push_back(base::SharedBytes::copy_of(batch_.finish()));
  batch_.clear();
  bytes_.add(packets_.back().size());
  if (channel != nullptr) channel->send_body(proto::ReportOutcomes::number, packets_.back().bytes());
}

void OutcomeQueue::acknowledge(const proto::AcknowledgeOutcomes& came, std::vector<std::uint64_t>* numbers) {
  if (came.packets < acknowledged_ || came.packets - acknowledged_ > packets_.size())
    throw proto::DecodeError("a driver says that " + std::to_string(came.packets) +
                             " packets of outcomes have come, which cannot be");
  for (; acknowledged_ < came.packets; ++acknowledged_) {
    if (numbers != nullptr) {
      proto::for_each_item<proto::ReportOutcomes>(
          packets_.front().bytes(),
          [&](const proto::ReportedOutcome& outcome, proto::BytesView) { numbers->push_back(outcome.number); });
    }
    bytes_.remove(packets_.front().size());
    packets_.pop_front();
  }
  for (const std::uint64_t number : came.large) {
    const auto kept = large_.extract(number);
    if (!kept) continue;
    bytes_.remove(kept.mapped().outcome.content.size());
    if (numbers != nullptr) numbers->push_back(number);
  }
}

void OutcomeQueue::send_again(net::Channel& channel) {
  acknowledged_ = 0;
  for (const base::SharedBytes& packet : packets_) channel.send_body(proto::ReportOutcomes::number, packet.bytes());
  for (const auto& [number, large] : large_) channel.send(proto::ReportOutcomes{{large.outcome}}, large.packet);
}

}  // namespace blitzen::server
