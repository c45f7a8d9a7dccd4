// The outcomes of a job, which outlive its drivers: told to each of them, and kept until one is done with them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/byte_arena.hpp"
#include "base/shared_bytes.hpp"
#include "net/channel.hpp"
#include "proto/batch.hpp"
#include "proto/packets.hpp"
#include "server/memory_budget.hpp"
#include "server/task_store.hpp"

namespace blitzen::server {

/// What is handed to a driver's channel ahead of the network. The rest is kept anyway.
inline constexpr std::size_t job_told_ahead_bytes = 4 * 1024 * 1024;

/// What an outcome takes besides its content.
inline constexpr std::size_t kept_outcome_bytes = 64;

/// They are kept in the task store, which must be one that keeps outcomes.
class JobOutcomes {
 public:
  JobOutcomes(TaskStore& tasks, MemoryBudget& budget) : tasks_(tasks), bytes_(&budget) {}

  /// The outcome's content may be part of `packet`, which is shared if it is large.
  void add(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  /// The same for one that an earlier life of the server had.
  void restore(const proto::ReportedOutcome& outcome, const base::SharedBytes& content);
  /// The driver is done with this task, which is settled.
  void forget(std::uint64_t number);

  /// Begins another connection. Its driver is told what has not come to it; if it is `new_driver`, everything.
  void begin(bool new_driver);
  /// Tells as much of what was not told yet on this connection as the channel takes for now.
  void tell(net::Channel& channel);
  [[nodiscard]] bool all_told() const { return untold_.empty(); }
  /// Throws proto::DecodeError for more packets than were sent.
  void acknowledge(const proto::AcknowledgeOutcomes& came);

  /// Of what is kept.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.bytes(); }

 private:
  [[nodiscard]] base::SharedBytes held(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  void flush(net::Channel& channel);
  void mark_come(std::uint64_t number);

  TaskStore& tasks_;
  base::ByteArena arena_;
  BudgetedBytes bytes_;
  std::deque<std::uint64_t> untold_;
  proto::BatchWriter<proto::ReportOutcomes> batch_;
  std::vector<std::uint64_t> in_batch_;
  std::deque<std::vector<std::uint64_t>> sent_;  ///< The tasks in each packet that was not acknowledged.
  std::uint64_t acknowledged_ = 0;               ///< On this connection.
};

}  // namespace blitzen::server
