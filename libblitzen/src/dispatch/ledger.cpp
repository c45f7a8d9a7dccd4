#include "dispatch/ledger.hpp"

#include <utility>

namespace blitzen::dispatch {

std::uint64_t Ledger::add(LedgerEntry entry) {
  entries_.push_back(std::move(entry));
  ++unsettled_;
  return next_number() - 1;
}

LedgerEntry* Ledger::find(std::uint64_t number) { return const_cast<LedgerEntry*>(std::as_const(*this).find(number)); }

const LedgerEntry* Ledger::find(std::uint64_t number) const {
  if (number < first_ || number >= next_number()) return nullptr;
  const LedgerEntry& entry = entries_[number - first_];
  return entry.state == EntryState::cleared ? nullptr : &entry;
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
  LedgerEntry* entry = find(number);
  if (entry == nullptr) return;
  if (entry->state == EntryState::unsettled) --unsettled_;
  entry->content = {};
  entry->state = EntryState::cleared;
  while (!entries_.empty() && entries_.front().state == EntryState::cleared) {
    entries_.pop_front();
    ++first_;
  }
}

std::vector<std::uint64_t> Ledger::numbers() const {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i)
    if (entries_[i].state != EntryState::cleared) numbers.push_back(first_ + i);
  return numbers;
}

}  // namespace blitzen::dispatch
