#include "dispatch/ledger.hpp"

#include <utility>

namespace blitzen::dispatch {

std::uint64_t Ledger::add(LedgerEntry entry) {
  entries_.insert(next_number_) = std::move(entry);
  ++unsettled_;
  return next_number_++;
}

bool Ledger::settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran,
                    base::SharedBytes content) {
  LedgerEntry* entry = find(number);
  if (entry == nullptr || entry->state != EntryState::unsettled) return false;
  entry->state = EntryState::settled;
  entry->outcome = outcome;
  entry->timeout = ran;
  entry->content = std::move(content);
  --unsettled_;
  return true;
}

void Ledger::clear(std::uint64_t number) {
  const LedgerEntry* entry = find(number);
  if (entry == nullptr) return;
  if (entry->state == EntryState::unsettled) --unsettled_;
  entries_.retire(number);
}

std::vector<std::uint64_t> Ledger::numbers() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(entries_.size());
  entries_.for_each([&](std::uint64_t number, const LedgerEntry&) { numbers.push_back(number); });
  return numbers;
}

}  // namespace blitzen::dispatch
