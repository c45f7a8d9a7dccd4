// Gathers the items of one kind of batch for one peer.
#pragma once

#include <cstddef>

#include "base/shared_bytes.hpp"
#include "net/channel.hpp"
#include "proto/batch.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {

[[nodiscard]] inline std::size_t payload_bytes(const proto::AssignedTask& task) { return task.arguments.size(); }
[[nodiscard]] inline std::size_t payload_bytes(const proto::AttemptId&) { return 0; }

/// Sends when a batch is full; flush() sends what is left.
template <class Packet>
class Outbox {
 public:
  /// What `item` shows of a payload may be part of `payload`: it is then sent from there, if it is large.
  void add(net::Channel& channel, const proto::BatchItem<Packet>& item, const base::SharedBytes& payload = {}) {
    // A large payload goes straight to the channel: that saves a copy, and the batch stays small.
    if (payload_bytes(item) >= proto::batch_bytes_target) {
      flush(channel);
      channel.send(Packet{{item}}, payload);
      return;
    }
    batch_.add(item);
    if (batch_.full()) flush(channel);
  }

  [[nodiscard]] bool empty() const noexcept { return batch_.empty(); }

  void flush(net::Channel& channel) {
    if (batch_.empty()) return;
    channel.send_body(Packet::number, batch_.finish());
    batch_.clear();
  }

 private:
  proto::BatchWriter<Packet> batch_;
};

}  // namespace blitzen::server
