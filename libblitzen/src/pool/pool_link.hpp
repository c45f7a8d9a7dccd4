// A worker's end of the channel to its pool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/fork_witness.hpp"
#include "pool/brief_spin.hpp"
#include "pool/bulk_area.hpp"
#include "pool/channel.hpp"
#include "pool/doorbell.hpp"
#include "pool/pool.hpp"
#include "pool/ring_queue.hpp"

namespace blitzen::pool {

class PoolLink {
 public:
  /// Throws std::system_error.
  PoolLink(base::UniqueFd memory, const base::UniqueFd& doorbell, base::UniqueFd event);

  struct Request {
    std::uint32_t function = 0;
    std::optional<std::span<const std::byte>> definition;  ///< When the worker does not know the function yet.
    std::span<const std::byte> arguments;                  ///< In shared memory, until answer().
  };
  /// Claims the oldest task, started `now`. Empty: there is none.
  [[nodiscard]] std::optional<Request> claim(TimePoint now);
  /// Sleeps until there may be a task.
  void wait_for_task();

  /// Whether the words that only this end changes are as it left them. If not, the task last claimed wrote over them.
  [[nodiscard]] bool is_intact() const;
  /// Whether this is a child that a task forked.
  [[nodiscard]] bool in_child() const { return witness_.in_child(); }

  /// Memory for a draft of at least `bytes`: answer() need not copy what is written there. Begins with `written`, which
  /// is the start of the last draft if there is one. Empty: there is no room at once, or this is a child, which must
  /// not write over its parent's draft; the last draft is where it was.
  [[nodiscard]] std::span<std::byte> grow_draft(std::span<const std::byte> written, std::uint64_t bytes);
  /// Gives the draft's memory back, if there is one that was not published.
  void drop_draft() noexcept;

  /// Publishes the answer to the task last claimed, which ended `now`, waiting for room if there is none. False:
  /// `content` is larger than results may be; nothing was published. A draft that is published ends.
  [[nodiscard]] bool answer(ResponseKind kind, Duration ran, TimePoint now, bool printed,
                            std::span<const std::byte> content);

  /// Whether the pool could not be rung, because a task closed what is not its own. It then notices only that this
  /// process ends.
  [[nodiscard]] bool is_cut_off() const { return cut_off_; }

  [[nodiscard]] std::uint64_t result_bytes_max() const { return result_bytes_max_; }

 private:
  struct Lent {
    Extent extent;
    std::uint64_t record_end = 0;
  };

  template <class Ready>
  void sleep_until(WorkerSleep what, Ready ready);
  [[nodiscard]] bool should_ring(Duration ran, TimePoint now);
  void ring(TimePoint now);
  [[nodiscard]] std::span<std::byte> mapped(Extent extent) noexcept;
  [[nodiscard]] std::optional<Extent> put_in_bulk(std::span<const std::byte> content);
  [[nodiscard]] std::optional<Extent> allocate(std::uint64_t bytes);
  void reclaim();

  base::ForkWitness witness_;  // a task may fork, and its child may return from the task as well
  base::UniqueFd memory_;
  Doorbell doorbell_;
  Mapping writable_;
  Mapping readable_;
  SharedWords* words_;
  const PoolWords* pool_words_;
  std::uint64_t result_bytes_max_;
  ByteRing requests_;
  ByteRing responses_;
  BulkArea request_bulk_;
  BulkArea response_bulk_;
  GapAllocator gaps_{bulk_bytes};
  RingQueue<Lent> lent_;         // bulk memory that the pool may still read
  std::optional<Extent> draft_;  // bulk memory of the next answer
  BriefSpin spin_;
  bool cut_off_ = false;
  bool unrung_ = false;  // an answer was published that the pool was not rung for
  TimePoint rung_at_{};
  std::uint32_t rung_for_ = 0;  // the end of the tasks handed over when the pool was last asked for more
  Duration mean_{};             // of what tasks take
  std::uint32_t claimed_ = 0;   // tasks ever claimed
  std::uint32_t serial_ = 0;    // of the last of them
  std::uint64_t request_head_ = 0;
  std::uint64_t response_tail_ = 0;
};

}  // namespace blitzen::pool
