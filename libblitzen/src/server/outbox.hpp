// Gathers the items of one kind of batch for one peer.
#pragma once

#include <cstddef>
#include <optional>

#include "net/channel.hpp"
#include "proto/batch.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {

/// Memory that an empty outbox may keep for its next batch.
inline constexpr std::size_t outbox_rest_bytes_max = 2 * proto::batch_bytes_target;

/// Sends when a batch is full; flush() sends what is left.
template <class Packet>
class Outbox {
 public:
  void add(net::Channel& channel, const proto::BatchItem<Packet>& item) {
    batch_->add(item);
    if (batch_->full()) flush(channel);
  }

  void flush(net::Channel& channel) {
    if (batch_->empty()) return;
    channel.send(*batch_);
    if (batch_->bytes() > outbox_rest_bytes_max) batch_.emplace();
    batch_->clear();
  }

  /// Bytes gathered and not yet handed to a channel.
  [[nodiscard]] std::size_t bytes() const { return batch_->bytes(); }

 private:
  std::optional<proto::BatchWriter<Packet>> batch_{std::in_place};
};

}  // namespace blitzen::server
