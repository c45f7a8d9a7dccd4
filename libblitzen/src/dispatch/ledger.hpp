// What a dispatcher knows of each of its tasks.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/outcome.hpp"
#include "core/numbered_table.hpp"
#include "proto/packets.hpp"

namespace blitzen::dispatch {

enum class EntryState : std::uint8_t { unsettled, settled };

/// Forty bytes a task, and its payload.
struct LedgerEntry {
  base::SharedBytes content;            ///< The arguments until it is settled, then the result or failure.
  std::chrono::nanoseconds timeout{0};  ///< What it may run; once settled, what it ran.
  std::uint32_t function = 0;
  EntryState state = EntryState::unsettled;
  OutcomeKind outcome = OutcomeKind::value;
  std::uint8_t worker_deaths_max = 3;
  bool found = false;  ///< Another process submitted it, so its arguments are not here.
};

/// Tasks by number. What is cleared gives its memory back a chunk at a time, also if older tasks are kept.
/// Not thread-safe.
class Ledger {
 public:
  std::uint64_t add(LedgerEntry entry);

  /// Begins with tasks that another process submitted; `next` is the number of the next one. To be called while it is
  /// empty. The ranges ascend.
  void begin_with(std::span<const proto::TaskRange> found, std::uint64_t next);

  /// The entry, or null when the number was never given out or was cleared.
  [[nodiscard]] LedgerEntry* find(std::uint64_t number) { return entries_.find(number); }
  [[nodiscard]] const LedgerEntry* find(std::uint64_t number) const { return entries_.find(number); }

  /// Writes the one outcome of a task; false if it has one already or is not known any more.
  bool settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran, base::SharedBytes content);
  void clear(std::uint64_t number);

  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }
  [[nodiscard]] std::size_t unsettled() const { return unsettled_; }
  /// What their arguments take.
  [[nodiscard]] std::uint64_t unsettled_bytes() const { return unsettled_bytes_; }
  /// Entries that take memory: those that were not cleared, and others of their chunks.
  [[nodiscard]] std::uint64_t kept_slots() const { return entries_.kept_slots(); }
  /// The lowest number that is unsettled, or the next one to be given out.
  [[nodiscard]] std::uint64_t first_unsettled() const;
  /// How many lower numbers than `end` are unsettled.
  [[nodiscard]] std::uint64_t unsettled_below(std::uint64_t end) const;
  /// Numbers of all entries that were not cleared, ascending.
  [[nodiscard]] std::vector<std::uint64_t> numbers() const;
  /// The same of those that another process submitted.
  [[nodiscard]] std::vector<std::uint64_t> found_numbers() const;

 private:
  core::NumberedTable<LedgerEntry> entries_;
  std::uint64_t next_number_ = 0;
  std::size_t unsettled_ = 0;
  std::uint64_t unsettled_bytes_ = 0;
};

}  // namespace blitzen::dispatch
