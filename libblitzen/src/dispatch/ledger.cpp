#include "dispatch/ledger.hpp"

#include <algorithm>
#include <utility>

namespace blitzen::dispatch {

std::uint64_t Ledger::add(LedgerEntry entry) {
  ++unsettled_;
  unsettled_bytes_ += entry.content.size();
  entries_.insert(next_number_) = std::move(entry);
  return next_number_++;
}

void Ledger::begin_with(std::span<const proto::TaskRange> found, std::uint64_t next) {
  entries_ = core::NumberedTable<LedgerEntry>(found.empty() ? next : found.front().first);
  for (const auto& [first, last] : found) {
    for (std::uint64_t number = first; number <= last; ++number) entries_.insert(number).found = true;
    unsettled_ += last - first + 1;
  }
  entries_.skip_below(next);
  next_number_ = next;
}

bool Ledger::settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran,
                    base::SharedBytes content) {
  LedgerEntry* entry = find(number);
  if (entry == nullptr || entry->state != EntryState::unsettled) return false;
  entry->state = EntryState::settled;
  entry->outcome = outcome;
  entry->timeout = ran;
  --unsettled_;
  unsettled_bytes_ -= entry->content.size();
  entry->content = std::move(content);
  return true;
}

void Ledger::clear(std::uint64_t number) {
  const LedgerEntry* entry = find(number);
  if (entry == nullptr) return;
  if (entry->state == EntryState::unsettled) {
    --unsettled_;
    unsettled_bytes_ -= entry->content.size();
  }
  entries_.retire(number);
}

std::uint64_t Ledger::first_unsettled() const {
  std::uint64_t first = next_number_;
  entries_.for_each([&](std::uint64_t number, const LedgerEntry& entry) {
    if (entry.state == EntryState::unsettled) first = std::min(first, number);
  });
  return first;
}

std::uint64_t Ledger::unsettled_below(std::uint64_t end) const {
  std::uint64_t count = 0;
  entries_.for_each([&](std::uint64_t number, const LedgerEntry& entry) {
    if (number < end && entry.state == EntryState::unsettled) ++count;
  });
  return count;
}

std::vector<std::uint64_t> Ledger::numbers() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(entries_.size());
  entries_.for_each([&](std::uint64_t number, const LedgerEntry&) { numbers.push_back(number); });
  return numbers;
}

std::vector<std::uint64_t> Ledger::found_numbers() const {
  std::vector<std::uint64_t> numbers;
  entries_.for_each([&](std::uint64_t number, const LedgerEntry& entry) {
    if (entry.found) numbers.push_back(number);
  });
  return numbers;
}

}  // namespace blitzen::dispatch
