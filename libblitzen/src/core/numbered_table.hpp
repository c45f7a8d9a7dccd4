// A table of things numbered upwards from 0 that are each used for a while and then done with.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace blitzen::core {

/// Slots lie in chunks indexed by number: finding one costs two steps, adding one allocates once per chunk, and a chunk
/// whose numbers are all retired is freed. A retired number is remembered for ever, mostly at no cost.
/// Numbers may come in any order, but few may be missing (missing_max). A slot stays where it is until it is retired.
template <class Slot>
class NumberedTable {
 public:
  static constexpr std::uint64_t chunk_slots = 1024;
  /// Most numbers below the highest one that may not have come yet. Late numbers are few, the ones on large payloads'
  /// slow way; without a limit, a peer that skips numbers would make us allocate a chunk for each task.
  static constexpr std::uint64_t missing_max = 1024 * 1024;

  NumberedTable() = default;
  /// Lower numbers than `first` count as inserted and retired.
  explicit NumberedTable(std::uint64_t first)
      : first_chunk_(first / chunk_slots), inserted_(first - first % chunk_slots), first_missing_(first) {
    skip_below(first);
  }

  /// False once the number was inserted, also when it is retired by now.
  [[nodiscard]] bool is_new(std::uint64_t number) const {
    if (number >= end_) return true;
    const std::uint64_t index = number / chunk_slots;
    if (index < first_chunk_) return false;
    const Entry& entry = entries_[index - first_chunk_];
    if (entry.complete) return false;
    return !entry.chunk || entry.chunk->presence[number % chunk_slots] == Presence::absent;
  }

  /// Whether a new number can be inserted without exceeding missing_max.
  [[nodiscard]] bool admits(std::uint64_t number) const { return number < end_ || number - inserted_ <= missing_max; }

  /// The number must be new and admitted.
  Slot& insert(std::uint64_t number) {
    const std::uint64_t index = number / chunk_slots - first_chunk_;
    while (entries_.size() <= index) entries_.emplace_back();
    Entry& entry = entries_[index];
    if (!entry.chunk) entry.chunk = std::make_unique<Chunk>();
    entry.chunk->presence[number % chunk_slots] = Presence::present;
    if (number >= end_) end_ = number + 1;
    ++inserted_;
    ++size_;
    return entry.chunk->slots[number % chunk_slots];
  }

  /// Nothing will ever come for this number: it counts as inserted and retired. False, and without an effect, for one
  /// that is not new or not admitted.
  bool skip(std::uint64_t number) {
    if (!is_new(number) || !admits(number)) return false;
    insert(number);
    retire(number);
    return true;
  }

  /// Nothing will ever come for lower numbers than this that did not come yet.
  void skip_below(std::uint64_t first) {
    for (std::uint64_t index = first_chunk_; index * chunk_slots < first; ++index) {
      while (entries_.size() <= index - first_chunk_) entries_.emplace_back();
      skip_first(entries_[index - first_chunk_], std::min(chunk_slots, first - index * chunk_slots));
    }
    end_ = std::max(end_, first);
    drop_complete();
  }

  /// Null for a number that was never inserted or is retired.
  [[nodiscard]] Slot* find(std::uint64_t number) {
    return const_cast<Slot*>(static_cast<const NumberedTable&>(*this).find(number));
  }
  [[nodiscard]] const Slot* find(std::uint64_t number) const {
    if (number >= end_ || number / chunk_slots < first_chunk_) return nullptr;
    const Chunk* chunk = entries_[number / chunk_slots - first_chunk_].chunk.get();
    if (chunk == nullptr || chunk->presence[number % chunk_slots] != Presence::present) return nullptr;
    return &chunk->slots[number % chunk_slots];
  }

  /// The number must be present.
  [[nodiscard]] Slot& at(std::uint64_t number) {
    return entries_[number / chunk_slots - first_chunk_].chunk->slots[number % chunk_slots];
  }

  /// Does away with a present number's slot.
  void retire(std::uint64_t number) {
    Entry& entry = entries_[number / chunk_slots - first_chunk_];
    entry.chunk->slots[number % chunk_slots] = Slot{};
    entry.chunk->presence[number % chunk_slots] = Presence::retired;
    --size_;
    if (++entry.chunk->retired < chunk_slots) return;
    complete(entry);
    drop_complete();
  }

  /// Numbers present: inserted and not yet retired.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Every number that came is lower.
  [[nodiscard]] std::uint64_t end() const { return end_; }

  /// The lowest number that did not come yet. Steps once over each number that did.
  [[nodiscard]] std::uint64_t first_missing() {
    while (!is_new(first_missing_)) ++first_missing_;
    return first_missing_;
  }

  /// Slots there is memory for, in use or not.
  [[nodiscard]] std::uint64_t kept_slots() const {
    return chunk_slots *
           static_cast<std::uint64_t>(std::count_if(entries_.begin(), entries_.end(),
                                                    [](const Entry& entry) { return entry.chunk != nullptr; }));
  }

  /// Calls visit(number, slot) for every present number, upwards.
  template <class Visit>
  void for_each(Visit&& visit) const {
    std::uint64_t number = first_chunk_ * chunk_slots;
    for (const Entry& entry : entries_) {
      const std::uint64_t slots = std::min(chunk_slots, end_ - number);
      for (std::uint64_t i = 0; entry.chunk && i < slots; ++i) {
        if (entry.chunk->presence[i] == Presence::present) visit(number + i, entry.chunk->slots[i]);
      }
      number += chunk_slots;
    }
  }

 private:
  enum class Presence : std::uint8_t { absent, present, retired };

  struct Chunk {
    std::array<Slot, chunk_slots> slots{};
    std::array<Presence, chunk_slots> presence{};
    std::uint64_t retired = 0;
  };

  struct Entry {
    std::unique_ptr<Chunk> chunk;  ///< Null before its first number and when complete.
    bool complete = false;         ///< Every number was inserted and retired.
  };

  /// The first `count` slots that are absent count as retired.
  void skip_first(Entry& entry, std::uint64_t count) {
    if (entry.complete) return;
    if (!entry.chunk && count == chunk_slots) {
      inserted_ += chunk_slots;
      return complete(entry);
    }
    if (!entry.chunk) entry.chunk = std::make_unique<Chunk>();
    for (std::uint64_t i = 0; i < count; ++i) {
      if (entry.chunk->presence[i] != Presence::absent) continue;
      entry.chunk->presence[i] = Presence::retired;
      ++entry.chunk->retired;
      ++inserted_;
    }
    if (entry.chunk->retired == chunk_slots) complete(entry);
  }

  static void complete(Entry& entry) {
    entry.chunk.reset();
    entry.complete = true;
  }

  void drop_complete() {
    while (!entries_.empty() && entries_.front().complete) {
      entries_.pop_front();
      ++first_chunk_;
    }
  }

  std::deque<Entry> entries_;  ///< From first_chunk_ on; everything before is complete.
  std::uint64_t first_chunk_ = 0;
  std::uint64_t end_ = 0;  ///< One past the highest number inserted.
  std::uint64_t inserted_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t first_missing_ = 0;  ///< None below is missing.
};

}  // namespace blitzen::core
