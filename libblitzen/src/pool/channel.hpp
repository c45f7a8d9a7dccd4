// The memory that the pool shares with one worker: its layout and what the records in it look like.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "pool/byte_ring.hpp"
#include "pool/claim.hpp"

namespace blitzen::pool {

/// A full ring of small tasks, so that a batch is cheap; bounds what a worker's death makes others run again.
inline constexpr std::size_t handed_max = 256;
/// Holds a full batch of small tasks with some hundred bytes each.
inline constexpr std::size_t ring_bytes = 256 * 1024;
/// Larger payloads go through the bulk area: a ring must have room for several records.
inline constexpr std::size_t inline_bytes_max = 32 * 1024;
/// Room for payloads on their way in one direction. Sparse: costs address space of a file, not memory.
inline constexpr std::uint64_t bulk_bytes = 2ULL * 1024 * 1024 * 1024;
/// What a worker is handed of large payloads, two tasks apart: enough to hide that handing over takes some
/// microseconds, and little enough that the same few pages are used again while they are in the processor's caches.
inline constexpr std::uint64_t bulk_bytes_handed_max = 2 * 1024 * 1024;
inline constexpr std::size_t bulky_handed_min = 2;

/// A task can scribble over everything that its worker can write to, so that is kept small: of the channel, what only
/// the pool writes is mapped read-only in the worker.

/// What a worker sleeps for. It is woken when that is there, and else left alone.
enum class WorkerSleep : std::uint32_t { awake, for_task, for_room };

/// What both write. Each group of fields has its own cache line.
struct SharedWords {
  static constexpr std::size_t line = 64;

  alignas(line) Claim claim;

  // Written by the worker, except that the pool clears `sleep` when it wakes it.
  alignas(line) std::atomic<std::uint32_t> sleep{0};  ///< A WorkerSleep. Also the futex it sleeps on.
  alignas(line) std::atomic<std::uint64_t> response_tail{0};
  std::atomic<std::int64_t> started_at{0};  ///< Nanoseconds of the monotonic clock.
  std::atomic<std::uint32_t> started{0};    ///< One more than the number of the task that started then.
};

/// What only the pool writes.
struct PoolWords {
  std::atomic<std::uint64_t> response_head{0};
  std::uint64_t result_bytes_max = 0;
  std::atomic<std::uint32_t> slot{0};  ///< Changes only while the worker holds no task.
};

inline constexpr std::uint64_t words_bytes = 64 * 1024;  // a page, however large pages are
static_assert(sizeof(SharedWords) <= words_bytes && sizeof(PoolWords) <= words_bytes);

// The part that the worker may write to, the part that it may not, and room for payloads.
inline constexpr std::uint64_t shared_words_at = 0;
inline constexpr std::uint64_t response_ring_at = shared_words_at + words_bytes;
inline constexpr std::uint64_t pool_words_at = response_ring_at + ring_bytes;
inline constexpr std::uint64_t request_ring_at = pool_words_at + words_bytes;
inline constexpr std::uint64_t request_bulk_at = request_ring_at + ring_bytes;
inline constexpr std::uint64_t response_bulk_at = request_bulk_at + bulk_bytes;
inline constexpr std::uint64_t channel_bytes = response_bulk_at + bulk_bytes;

/// Not in the bulk area but right behind the record's header.
inline constexpr std::uint64_t inline_content = ~std::uint64_t{0};

/// A task on its way to the worker. The definition of its function comes first, if the worker does not know it yet.
struct RequestHeader {
  std::uint32_t record_bytes = 0;
  std::uint32_t function = 0;
  std::uint32_t definition_bytes = 0;
  std::uint32_t arguments_bytes = 0;
  std::uint64_t bulk_offset = inline_content;
  std::uint32_t defines = 0;  ///< 1 when a definition is there (it may be empty).
  std::uint32_t serial = 0;   ///< Of the task, modulo 2^32.
};

/// Where the arguments begin, counted from the definition in front of them.
[[nodiscard]] constexpr std::uint64_t arguments_at(std::uint32_t definition_bytes) {
  return record_bytes(0, definition_bytes);
}

enum class ResponseKind : std::uint16_t { value, error, refused };

/// What became of the oldest unanswered task.
struct ResponseHeader {
  std::uint32_t record_bytes = 0;
  ResponseKind kind = ResponseKind::value;
  std::uint16_t printed = 0;  ///< 1 when the task's output is waiting in a pipe.
  std::uint32_t content_bytes = 0;
  std::uint32_t serial = 0;  ///< As in the task's request, to make sure that it is the answer to that.
  std::int64_t ran_ns = 0;
  std::uint64_t bulk_offset = inline_content;
};

static_assert(sizeof(RequestHeader) % record_alignment == 0 && sizeof(ResponseHeader) % record_alignment == 0);

}  // namespace blitzen::pool
