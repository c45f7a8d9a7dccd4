#include "pool/pool_link.hpp"

#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "pool/futex.hpp"

namespace blitzen::pool {
namespace {

/// Answers wait in the ring while the worker has other tasks, but not longer than this.
constexpr Duration unrung_max = std::chrono::microseconds{500};
/// The pool is asked for more when the tasks in hand will last about this long: what waking it takes, generously.
constexpr Duration refill_ahead = std::chrono::microseconds{64};
/// Who has just been handed the last task may be about to wait for its answer on the futex, which is much cheaper to
/// ring than the descriptor.
constexpr Duration linger_max = std::chrono::microseconds{2};

}  // namespace

PoolLink::PoolLink(base::UniqueFd memory, const base::UniqueFd& doorbell, base::UniqueFd event)
    : memory_(std::move(memory)),
      doorbell_(doorbell, std::move(event)),
      writable_(memory_.get(), shared_words_at, pool_words_at - shared_words_at),
      readable_(memory_.get(), pool_words_at, request_bulk_at - pool_words_at, Access::read),
      words_(reinterpret_cast<SharedWords*>(writable_.data())),
      pool_words_(reinterpret_cast<const PoolWords*>(readable_.data())),
      result_bytes_max_(pool_words_->result_bytes_max),
      requests_(readable_.data() + (request_ring_at - pool_words_at), ring_bytes),
      responses_(writable_.data() + (response_ring_at - shared_words_at), ring_bytes),
      request_bulk_(memory_.get(), request_bulk_at, bulk_bytes, Access::read),
      response_bulk_(memory_.get(), response_bulk_at, bulk_bytes) {}

std::optional<PoolLink::Request> PoolLink::claim(TimePoint now) {
  const auto number = words_->claim.claim_next();
  if (!number) return std::nullopt;
  if (*number != claimed_) throw std::runtime_error("something wrote into memory that is not its own");
  ++claimed_;
  words_->started_at.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  words_->started.store(*number + 1, std::memory_order_release);

  const std::uint64_t begin = requests_.record_at(request_head_);
  RequestHeader record;
  std::memcpy(&record, requests_.at(begin), sizeof record);
  request_head_ = begin + record.record_bytes;
  serial_ = record.serial;

  const std::uint64_t arguments_begin = arguments_at(record.definition_bytes);
  const std::byte* payload = record.bulk_offset == inline_content
                                 ? requests_.at(begin) + sizeof record
                                 : request_bulk_.at({record.bulk_offset, arguments_begin + record.arguments_bytes});
  Request request{record.function, std::nullopt, {payload + arguments_begin, record.arguments_bytes}};
  if (record.defines != 0) request.definition.emplace(payload, record.definition_bytes);
  return request;
}

bool PoolLink::is_intact() const {
  const ClaimRange range = words_->claim.range();
  return range.next == claimed_ && range.end - range.next <= handed_max &&
         words_->started.load(std::memory_order_relaxed) == claimed_ &&
         words_->response_tail.load(std::memory_order_relaxed) == response_tail_;
}

void PoolLink::wait_for_task() {
  const auto ready = [this] {
    const ClaimRange range = words_->claim.range();
    return range.next != range.end;
  };
  if (unrung_) {
    const TimePoint now = std::chrono::steady_clock::now();
    const auto changed = [&] { return !doorbell_.sleeps_on_descriptor() || ready(); };
    static_cast<void>(BriefSpin::spin(changed, now + linger_max));
    ring(now);
  }
  if (cut_off_) return;
  spin_.before(ready, [&] { sleep_until(WorkerSleep::for_task, ready); });
}

/// Ringing costs a system call when the pool sleeps, so a worker that has more to do rings for several answers at once:
/// when it will soon run out of tasks, or when an answer has waited long enough. Before it sleeps it rings anyway.
bool PoolLink::should_ring(Duration ran, TimePoint now) {
  constexpr int weight = 8;
  mean_ += (ran - mean_) / weight;
  const ClaimRange range = words_->claim.range();
  const std::uint32_t left = range.end - range.next;
  if (left == 0) return false;
  if (now - rung_at_ >= unrung_max) return true;
  if (range.end == rung_for_ || left * mean_ > refill_ahead) return false;
  rung_for_ = range.end;
  return true;
}

void PoolLink::ring(TimePoint now) {
  unrung_ = false;
  rung_at_ = now;
  if (!doorbell_.ring()) cut_off_ = true;
}

std::span<std::byte> PoolLink::grow_draft(std::span<const std::byte> written, std::uint64_t bytes) {
  if (in_child()) return {};
  reclaim();
  if (draft_ && gaps_.extend(*draft_, bytes)) return mapped(*draft_);
  const auto larger = gaps_.allocate(bytes);
  if (!larger) return {};
  const std::span<std::byte> room = mapped(*larger);
  if (room.empty()) {
    gaps_.release(*larger);
    return {};
  }
  // Mapping may have moved the draft.
  const std::byte* from = draft_ ? response_bulk_.at(*draft_) : written.data();
  std::memcpy(room.data(), from, written.size());
  // The pool gives that memory back, as it does up to where answers lie: one that waits lies behind.
  if (draft_) gaps_.release(*draft_);
  draft_ = larger;
  return room;
}

void PoolLink::drop_draft() noexcept {
  if (!draft_) return;
  // The pool gives back only what answers showed it. In a child it is the parent's draft.
  if (!in_child()) response_bulk_.discard(*draft_);
  gaps_.release(*draft_);
  draft_.reset();
}

bool PoolLink::answer(ResponseKind kind, Duration ran, TimePoint now, bool printed,
                      std::span<const std::byte> content) {
  if (content.size() > result_bytes_max_) return false;
  ResponseHeader header;
  header.kind = kind;
  header.serial = serial_;
  header.content_bytes = static_cast<std::uint32_t>(content.size());
  header.printed = printed ? 1 : 0;
  header.ran_ns = ran.count();

  std::optional<Extent> extent;
  if (content.size() > inline_bytes_max) {
    extent = put_in_bulk(content);
    if (!extent) return false;
    header.bulk_offset = extent->offset;
  }
  const std::size_t bytes = record_bytes(sizeof header, extent ? 0 : content.size());
  header.record_bytes = static_cast<std::uint32_t>(bytes);
  std::optional<RecordPlace> place;
  sleep_until(WorkerSleep::for_room, [&] {
    place = responses_.place(pool_words_->response_head.load(), response_tail_, bytes);
    return place.has_value();
  });
  std::memcpy(responses_.at(place->begin), &header, sizeof header);
  if (!extent && !content.empty())
    std::memcpy(responses_.at(place->begin) + sizeof header, content.data(), content.size());
  if (extent) lent_.push_back({*extent, place->end});
  response_tail_ = place->end;
  words_->response_tail.store(response_tail_);
  doorbell_.announce(pool_words_->slot.load(std::memory_order_relaxed));
  unrung_ = true;
  if (should_ring(ran, now)) ring(now);
  return true;
}

/// The pool wakes a worker that sleeps for a task when it hands one over, and one that sleeps for room in its ring when
/// it has consumed answers.
template <class Ready>
void PoolLink::sleep_until(WorkerSleep what, Ready ready) {
  constexpr auto awake = static_cast<std::uint32_t>(WorkerSleep::awake);
  while (!ready()) {
    words_->sleep.store(static_cast<std::uint32_t>(what));
    if (ready()) break;
    if (unrung_) ring(std::chrono::steady_clock::now());
    futex_wait(words_->sleep, static_cast<std::uint32_t>(what));
  }
  if (words_->sleep.load(std::memory_order_relaxed) != awake) words_->sleep.store(awake);
}

/// Empty: it cannot be mapped.
std::span<std::byte> PoolLink::mapped(Extent extent) noexcept {
  try {
    return {response_bulk_.at(extent), extent.bytes};
  } catch (const std::system_error&) {
    return {};
  }
}

/// Empty: it will not fit even when the pool has consumed everything.
std::optional<Extent> PoolLink::put_in_bulk(std::span<const std::byte> content) {
  if (draft_ && response_bulk_.at(*draft_) == content.data()) return std::exchange(draft_, std::nullopt);
  const auto extent = allocate(content.size());
  if (extent) std::memcpy(response_bulk_.at(*extent), content.data(), content.size());
  return extent;
}

/// Empty as put_in_bulk() is.
std::optional<Extent> PoolLink::allocate(std::uint64_t bytes) {
  reclaim();
  auto extent = gaps_.allocate(bytes);
  if (extent || lent_.empty()) return extent;
  sleep_until(WorkerSleep::for_room, [this] { return pool_words_->response_head.load() >= response_tail_; });
  reclaim();
  return gaps_.allocate(bytes);
}

void PoolLink::reclaim() {
  const std::uint64_t head = pool_words_->response_head.load();
  while (!lent_.empty() && lent_.front().record_end <= head) gaps_.release(lent_.pop_front().extent);
}

}  // namespace blitzen::pool
