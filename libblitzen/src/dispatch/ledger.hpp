// What a dispatcher knows of each of its tasks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/outcome.hpp"

namespace blitzen::dispatch {

enum class EntryState : std::uint8_t { unsettled, settled, cleared };

/// Forty bytes a task, and its payload.
struct LedgerEntry {
  base::SharedBytes content;         ///< The arguments until it is settled, then the result or failure.
  std::chrono::nanoseconds timeout;  ///< What it may run; once settled, what it ran.
  std::uint32_t function = 0;
  EntryState state = EntryState::unsettled;
  OutcomeKind outcome = OutcomeKind::value;
  std::uint8_t worker_deaths_max = 3;
};

/// Tasks by number, from the oldest that was not cleared. Not thread-safe.
class Ledger {
 public:
  std::uint64_t add(LedgerEntry entry);

  /// The entry, or null when the number was never given out or was cleared.
  [[nodiscard]] LedgerEntry* find(std::uint64_t number);
  [[nodiscard]] const LedgerEntry* find(std::uint64_t number) const;

  /// Writes the one outcome of a task; false if it has one already or is not known any more.
  bool settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran, base::SharedBytes content);
  void clear(std::uint64_t number);

  [[nodiscard]] std::uint64_t next_number() const { return first_ + entries_.size(); }
  [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
  /// Numbers of all entries that were not cleared, ascending.
  [[nodiscard]] std::vector<std::uint64_t> numbers() const;

 private:
  std::deque<LedgerEntry> entries_;
  std::uint64_t first_ = 0;
  std::size_t unsettled_ = 0;
};

}  // namespace blitzen::dispatch
