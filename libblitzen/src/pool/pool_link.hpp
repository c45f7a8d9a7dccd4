// A worker's end of the channel to its pool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

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
  /// Publishes the answer to the task last claimed, which ended `now`, waiting for room if there is none. False:
  /// `content` is larger than results may be; nothing was published.
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
  [[nodiscard]] std::optional<Extent> allocate(std::uint64_t bytes);
  void reclaim();

  base::UniqueFd memory_;
  Doorbell doorbell_;
  Mapping writable_;
  Mapping readable_;
  SharedWords* words_;
  const PoolWords* pool_words_;
  std::uint64_t result_bytes_max_;
  std::uint32_t slot_;
  ByteRing requests_;
  ByteRing responses_;
  BulkArea request_bulk_;
  BulkArea response_bulk_;
  GapAllocator gaps_{bulk_bytes};
  RingQueue<Lent> lent_;  // bulk memory that the pool may still read
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
