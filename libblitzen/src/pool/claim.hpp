// Who may start which of the tasks handed to a worker: one word that both ends change atomically.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

namespace blitzen::pool {

/// Tasks handed to one worker are numbered from 0, modulo 2^32. [next, end) may still be claimed by the worker or
/// taken back by the pool; whoever wins the exchange has them.
struct ClaimRange {
  std::uint32_t next = 0;
  std::uint32_t end = 0;
};

class Claim {
 public:
  [[nodiscard]] ClaimRange range() const { return unpack(word_.load()); }

  /// Pool: `count` more tasks may be claimed.
  void extend(std::uint32_t count) {
    std::uint64_t word = word_.load();
    while (!word_.compare_exchange_weak(word, pack({unpack(word).next, unpack(word).end + count}))) {
    }
  }
  /// Pool: takes up to `count` of the youngest back; returns how many. `[floor, end)` is what the pool handed over:
  /// a worker that scribbles over the word cannot make it take back more than that.
  [[nodiscard]] std::uint32_t take_back(std::uint32_t floor, std::uint32_t end, std::uint32_t count) {
    std::uint64_t word = word_.load();
    for (;;) {
      const ClaimRange range = unpack(word);
      if (range.end != end || range.next - floor > end - floor) return 0;
      const std::uint32_t taken = std::min(count, end - range.next);
      if (taken == 0) return 0;
      if (word_.compare_exchange_weak(word, pack({range.next, end - taken}))) return taken;
    }
  }
  /// Worker: claims the oldest task. Empty: there is none.
  [[nodiscard]] std::optional<std::uint32_t> claim_next() {
    std::uint64_t word = word_.load();
    for (;;) {
      const ClaimRange range = unpack(word);
      if (range.next == range.end) return std::nullopt;
      if (word_.compare_exchange_weak(word, pack({range.next + 1, range.end}))) return range.next;
    }
  }

 private:
  static constexpr std::uint64_t pack(ClaimRange range) { return std::uint64_t{range.next} << 32U | range.end; }
  static constexpr ClaimRange unpack(std::uint64_t word) {
    return {static_cast<std::uint32_t>(word >> 32U), static_cast<std::uint32_t>(word)};
  }

  std::atomic<std::uint64_t> word_{0};
};

}  // namespace blitzen::pool
