// The pool's end of the channel to one worker. Whatever comes out of the shared memory is checked: a task can write
// there.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pool/bulk_area.hpp"
#include "pool/channel.hpp"
#include "pool/queued_task.hpp"
#include "pool/ring_queue.hpp"

namespace blitzen::pool {

class WorkerLink {
 public:
  /// Makes the shared memory. Throws std::system_error.
  WorkerLink(std::uint32_t slot, std::uint64_t result_bytes_max);

  /// From now on its answers are announced for that slot. Only before anything was handed.
  void move_to(std::uint32_t slot) { own_words_->slot.store(slot, std::memory_order_relaxed); }

  /// To pass to the worker.
  [[nodiscard]] int memory() const { return memory_.get(); }

  enum class Handing {
    handed,
    no_room,    ///< Try again when the worker has answered something.
    too_large,  ///< Will not fit even when everything is answered.
  };
  /// Writes a task for the worker; only publish() lets it see it. Moves from `task` if handed.
  [[nodiscard]] Handing hand(QueuedTask& task, std::span<const std::byte> definition);
  /// Lets the worker see what was handed, and wakes it if it sleeps.
  void publish();

  /// Takes up to `count` tasks that the worker has not claimed back, the youngest; appends them to `out` in order.
  void take_back(std::size_t count, std::vector<QueuedTask>& out);

  struct Response {
    ResponseKind kind = ResponseKind::value;
    bool printed = false;
    Duration ran{};
    std::span<const std::byte> content;  ///< In shared memory, until consume().
    std::uint64_t lost_bytes = 0;        ///< Of content that this process has not enough memory to map; else 0.
  };
  enum class Next { none, response, nonsense };
  /// Looks at the answer to oldest().
  [[nodiscard]] Next next_response(Response& response);
  /// Done with that answer and its task.
  QueuedTask consume();
  /// Gives the room of what was consumed back to the worker.
  void release_consumed();

  /// Tasks handed and not answered, and the oldest of them.
  [[nodiscard]] std::size_t handed() const { return handed_.size(); }
  [[nodiscard]] const QueuedTask& oldest() const { return handed_.front().task; }
  /// Whether handing over to it means waking it.
  [[nodiscard]] bool sleeps() const {
    return words_->sleep.load(std::memory_order_relaxed) == static_cast<std::uint32_t>(WorkerSleep::for_task);
  }
  [[nodiscard]] const QueuedTask& task(std::size_t index) const { return handed_[index].task; }
  /// How many of these the worker has claimed. With all answers consumed: 1 if it executes oldest(), else 0.
  [[nodiscard]] std::size_t claimed() const;
  /// Whether the claim is what it can be: a task can write over it.
  [[nodiscard]] bool claim_makes_sense() const;
  /// When the worker started task(index), if that is the one it started last.
  [[nodiscard]] std::optional<TimePoint> started(std::size_t index) const;
  /// Everything handed and not answered, for when the worker is gone. Appends it to `out` in order.
  void surrender(std::vector<QueuedTask>& out);

  /// Whether large payloads have left memory in use that trim() would give back. Only if nothing is handed.
  [[nodiscard]] bool holds_bulk() const;
  void trim();

 private:
  struct Handed {
    QueuedTask task;
    std::uint64_t tail_before = 0;
    std::optional<Extent> bulk;
    bool defines = false;
  };

  [[nodiscard]] bool knows(std::uint32_t function) const { return function < known_.size() && known_[function]; }
  void release_bulk(const Handed& handed);
  void set_known(std::uint32_t function, bool known);
  [[nodiscard]] std::uint32_t published_end() const;
  void wake_if(WorkerSleep sleep);

  base::UniqueFd memory_;
  Mapping mapping_;
  SharedWords* words_;
  PoolWords* own_words_;
  ByteRing requests_;
  ByteRing responses_;
  BulkArea request_bulk_;
  BulkArea response_bulk_;
  GapAllocator gaps_{bulk_bytes};
  std::uint64_t bulk_handed_ = 0;  // bytes of gaps_ that are taken

  RingQueue<Handed> handed_;
  std::uint32_t answered_ = 0;     // tasks ever answered; the number of oldest()
  std::uint32_t unpublished_ = 0;  // the youngest of handed_
  std::uint64_t request_tail_ = 0;
  std::uint64_t response_head_ = 0;
  std::uint64_t response_end_ = 0;  // of the response last looked at
  std::vector<bool> known_;         // functions defined in the worker
};

}  // namespace blitzen::pool
