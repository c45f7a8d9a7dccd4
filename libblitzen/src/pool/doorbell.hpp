// How workers tell the pool that there is news, without a system call as long as the pool is awake.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/unique_fd.hpp"
#include "pool/shared_memory.hpp"

namespace blitzen::pool {

/// Slots a pool may have: one bit each in the doorbell.
inline constexpr std::uint32_t slots_max = 4096;

/// How the pool sleeps just now.
enum class PoolSleep : std::uint32_t { awake, on_futex, on_descriptor };

/// The page that the pool shares with all its workers.
struct DoorbellPage {
  /// A PoolSleep. Also the futex that PoolSleep::on_futex sleeps on.
  alignas(64) std::atomic<std::uint32_t> sleep{0};
  /// A bit for every slot that has published something since the pool last looked.
  alignas(64) std::array<std::atomic<std::uint64_t>, slots_max / 64> news{};
};
static_assert(sizeof(DoorbellPage) <= 4096);

/// Either end. Publishing is: store what is new, then announce(). Going to sleep is: fall_asleep(), then sleep only if
/// it said true. All of it is sequentially consistent, so one of the two always sees the other.
class Doorbell {
 public:
  /// The pool's end. Throws std::system_error.
  explicit Doorbell(std::uint32_t slots);
  /// A worker's end.
  Doorbell(const base::UniqueFd& memory, base::UniqueFd event);

  /// To pass to workers.
  [[nodiscard]] int memory() const { return memory_.get(); }
  [[nodiscard]] int event() const { return event_.get(); }

  /// Worker: what slot `slot` published before may be looked at. Whether the pool sleeps is another matter: ring().
  void announce(std::uint32_t slot);
  /// Wakes the pool if it sleeps. False: the descriptor is closed, so that it cannot be woken.
  bool ring();
  /// Worker: whether ring() would cost as much as it can.
  [[nodiscard]] bool sleeps_on_descriptor() const {
    return page_->sleep.load() == static_cast<std::uint32_t>(PoolSleep::on_descriptor);
  }
  /// Makes event() readable whether the pool sleeps or not. False: it is closed.
  bool ring_event();
  /// Pool: forgets that event() was rung.
  void clear_event();

  /// Pool: calls `look(slot)` for every slot that announced something since the last call.
  template <class Look>
  void collect(Look&& look) {
    for (std::size_t word = 0; word < words_; ++word) {
      if (page_->news[word].load(std::memory_order_relaxed) == 0) continue;
      std::uint64_t bits = page_->news[word].exchange(0);
      for (; bits != 0; bits &= bits - 1) {
        look(static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(__builtin_ctzll(bits)));
      }
    }
  }
  /// Pool: announces how it is about to sleep. False: there is news already, and the pool counts as awake.
  [[nodiscard]] bool fall_asleep(PoolSleep how);
  /// Pool: changes from sleeping on the futex to sleeping on the descriptor. False: it was woken.
  [[nodiscard]] bool sleep_on_descriptor();
  void wake_up() { page_->sleep.store(static_cast<std::uint32_t>(PoolSleep::awake)); }
  [[nodiscard]] bool asleep() const { return page_->sleep.load() != static_cast<std::uint32_t>(PoolSleep::awake); }
  [[nodiscard]] std::atomic<std::uint32_t>& futex() { return page_->sleep; }
  [[nodiscard]] bool has_news() const;

 private:
  std::size_t words_ = slots_max / 64;
  base::UniqueFd memory_;
  base::UniqueFd event_;
  Mapping mapping_;
  DoorbellPage* page_;
};

}  // namespace blitzen::pool
