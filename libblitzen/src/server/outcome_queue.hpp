// What a driver is told of its tasks, kept until it says that it has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "base/shared_bytes.hpp"
#include "net/channel.hpp"
#include "proto/batch.hpp"
#include "proto/packets.hpp"
#include "server/memory_budget.hpp"

namespace blitzen::server {

/// A driver with more than this to acknowledge is slower than its tasks: no more of them are started until it catches
/// up. What is in flight still comes on top.
inline constexpr std::size_t outcome_bytes_max = 64 * 1024 * 1024;

/// Outcomes in packets, in order. `channel` is null while the driver is away: then they only wait.
class OutcomeQueue {
 public:
  explicit OutcomeQueue(MemoryBudget* budget = nullptr) : bytes_(budget) {}

  /// The outcome's content may be part of `packet`: it is then kept and sent from there, if it is large.
  void add(net::Channel* channel, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  /// Whether flush() has something to send.
  [[nodiscard]] bool empty() const { return batch_.empty(); }
  void flush(net::Channel* channel);

  /// Appends the tasks whose outcomes that was to `numbers`, unless that is null: it means reading what was sent again.
  /// Throws proto::DecodeError for more packets than were sent.
  void acknowledge(const proto::AcknowledgeOutcomes& came, std::vector<std::uint64_t>* numbers);
  /// On another connection, everything that was not acknowledged.
  void send_again(net::Channel& channel);

  /// Of what was not acknowledged.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.bytes(); }

 private:
  struct Large {
    proto::ReportedOutcome outcome;  ///< Its content is part of `packet`.
    base::SharedBytes packet;
  };

  proto::BatchWriter<proto::ReportOutcomes> batch_;
  std::deque<base::SharedBytes> packets_;  ///< Bodies.
  std::map<std::uint64_t, Large> large_;   ///< By task.
  BudgetedBytes bytes_;
  std::uint64_t acknowledged_ = 0;  ///< On this connection.
};

}  // namespace blitzen::server
