#include "pool/worker_link.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "pool/futex.hpp"

namespace blitzen::pool {

WorkerLink::WorkerLink(std::uint32_t slot, std::uint64_t result_bytes_max)
    : memory_(make_shared_memory("blitzen-channel", channel_bytes)),
      mapping_(memory_.get(), 0, request_bulk_at),
      words_(new (mapping_.data() + shared_words_at) SharedWords),
      own_words_(new (mapping_.data() + pool_words_at) PoolWords),
      requests_(mapping_.data() + request_ring_at, ring_bytes),
      responses_(mapping_.data() + response_ring_at, ring_bytes),
      request_bulk_(memory_.get(), request_bulk_at, bulk_bytes),
      response_bulk_(memory_.get(), response_bulk_at, bulk_bytes) {
  move_to(slot);
  own_words_->result_bytes_max = std::min(result_bytes_max, bulk_bytes);
}

WorkerLink::Handing WorkerLink::hand(QueuedTask& task, std::span<const std::byte> definition) {
  if (handed_.size() == handed_max) return Handing::no_room;
  const std::span<const std::byte> arguments = task.item.arguments.bytes();
  const bool defines = !knows(task.item.function);
  if (!defines) definition = {};

  RequestHeader header;
  header.function = task.item.function;
  header.serial = static_cast<std::uint32_t>(task.serial);
  header.defines = defines ? 1 : 0;
  header.definition_bytes = static_cast<std::uint32_t>(definition.size());
  header.arguments_bytes = static_cast<std::uint32_t>(arguments.size());
  const std::uint64_t arguments_begin = arguments_at(header.definition_bytes);
  const std::uint64_t payload_bytes = arguments_begin + arguments.size();
  const bool bulky = payload_bytes > inline_bytes_max;
  const std::size_t bytes = record_bytes(sizeof header, bulky ? 0 : payload_bytes);

  const std::uint64_t head = handed_.empty() ? request_tail_ : handed_.front().tail_before;
  const auto place = requests_.place(head, request_tail_, bytes);
  if (!place) return Handing::no_room;
  std::optional<Extent> bulk;
  std::byte* payload = requests_.at(place->begin) + sizeof header;
  if (bulky) {
    if (handed_.size() >= bulky_handed_min && bulk_handed_ + payload_bytes > bulk_bytes_handed_max)
      return Handing::no_room;
    bulk = gaps_.allocate(payload_bytes);
    if (!bulk) return handed_.empty() ? Handing::too_large : Handing::no_room;
    header.bulk_offset = bulk->offset;
    try {
      payload = request_bulk_.at(*bulk);
    } catch (const std::system_error&) {
      gaps_.release(*bulk);
      return handed_.empty() ? Handing::too_large : Handing::no_room;
    }
  }
  header.record_bytes = static_cast<std::uint32_t>(bytes);
  std::memcpy(requests_.at(place->begin), &header, sizeof header);
  if (!definition.empty()) std::memcpy(payload, definition.data(), definition.size());
  if (!arguments.empty()) std::memcpy(payload + arguments_begin, arguments.data(), arguments.size());

  if (bulk) bulk_handed_ += bulk->bytes;
  if (defines) set_known(header.function, true);
  Handed& handed = handed_.append();
  handed.task = std::move(task);
  handed.tail_before = request_tail_;
  if (bulk) handed.bulk = *bulk;
  handed.defines = defines;
  request_tail_ = place->end;
  ++unpublished_;
  return Handing::handed;
}

void WorkerLink::publish() {
  if (unpublished_ == 0) return;
  words_->claim.extend(unpublished_);
  unpublished_ = 0;
  wake_if(WorkerSleep::for_task);
}

void WorkerLink::take_back(std::size_t count, std::vector<QueuedTask>& out) {
  const std::uint32_t taken =
      words_->claim.take_back(answered_, published_end(), static_cast<std::uint32_t>(std::min(count, handed_.size())));
  const std::size_t first = out.size();
  for (std::uint32_t i = 0; i < taken; ++i) {
    Handed last = handed_.pop_back();
    request_tail_ = last.tail_before;
    release_bulk(last);
    if (last.defines) set_known(last.task.item.function, false);
    out.push_back(std::move(last.task));
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(first), out.end());
}

WorkerLink::Next WorkerLink::next_response(Response& response) {
  const std::uint64_t published = words_->response_tail.load() - response_head_;
  if (published == 0) return Next::none;
  if (published > ring_bytes || published % record_alignment != 0 || handed_.empty()) return Next::nonsense;

  const std::uint64_t tail = response_head_ + published;
  const std::uint64_t begin = responses_.record_at(response_head_);
  if (begin > tail || tail - begin < sizeof(ResponseHeader) || !responses_.in_one_piece(begin, sizeof(ResponseHeader)))
    return Next::nonsense;
  ResponseHeader header;
  std::memcpy(&header, responses_.at(begin), sizeof header);
  if (header.record_bytes % record_alignment != 0 || header.record_bytes < sizeof header ||
      header.record_bytes > tail - begin || !responses_.in_one_piece(begin, header.record_bytes) ||
      header.kind > ResponseKind::refused || header.ran_ns < 0 ||
      header.serial != static_cast<std::uint32_t>(oldest().serial))
    return Next::nonsense;

  const std::byte* content = responses_.at(begin) + sizeof header;
  std::uint64_t lost_bytes = 0;
  if (header.bulk_offset == inline_content) {
    if (header.content_bytes > header.record_bytes - sizeof header) return Next::nonsense;
  } else {
    const Extent extent{header.bulk_offset, header.content_bytes};
    if (!response_bulk_.contains(extent)) return Next::nonsense;
    try {
      content = response_bulk_.at(extent);
    } catch (const std::system_error&) {
      lost_bytes = std::exchange(header.content_bytes, 0);
    }
  }
  response_end_ = begin + header.record_bytes;
  response = {header.kind, header.printed != 0, Duration{header.ran_ns}, {content, header.content_bytes}, lost_bytes};
  return Next::response;
}

QueuedTask WorkerLink::consume() {
  response_head_ = response_end_;
  ++answered_;
  Handed done = handed_.pop_front();
  release_bulk(done);
  return std::move(done.task);
}

void WorkerLink::release_consumed() {
  if (own_words_->response_head.load(std::memory_order_relaxed) == response_head_) return;
  own_words_->response_head.store(response_head_);
  wake_if(WorkerSleep::for_room);
}

bool WorkerLink::claim_makes_sense() const {
  const ClaimRange range = words_->claim.range();
  return range.end == published_end() && range.end - range.next <= handed_.size();
}

std::size_t WorkerLink::claimed() const {
  const std::uint32_t claimed = words_->claim.range().next - answered_;
  return std::min<std::size_t>(claimed, handed_.size());
}

std::optional<TimePoint> WorkerLink::started(std::size_t index) const {
  if (words_->started.load() != answered_ + static_cast<std::uint32_t>(index) + 1) return std::nullopt;
  return TimePoint{Duration{words_->started_at.load()}};
}

void WorkerLink::surrender(std::vector<QueuedTask>& out) {
  while (!handed_.empty()) out.push_back(handed_.pop_front().task);
}

bool WorkerLink::holds_bulk() const {
  return handed_.empty() && request_bulk_.mapped_bytes() + response_bulk_.mapped_bytes() > 0;
}

void WorkerLink::trim() {
  request_bulk_.discard();
  response_bulk_.discard();
}

void WorkerLink::release_bulk(const Handed& handed) {
  if (!handed.bulk) return;
  gaps_.release(*handed.bulk);
  bulk_handed_ -= handed.bulk->bytes;
}

void WorkerLink::set_known(std::uint32_t function, bool known) {
  if (function >= known_.size()) known_.resize(function + 1);
  known_[function] = known;
}

/// Nearly always it does not sleep like that, and then nothing but a load is paid.
void WorkerLink::wake_if(WorkerSleep sleep) {
  auto expected = static_cast<std::uint32_t>(sleep);
  if (words_->sleep.load() != expected) return;
  if (words_->sleep.compare_exchange_strong(expected, static_cast<std::uint32_t>(WorkerSleep::awake)))
    futex_wake(words_->sleep);
}

std::uint32_t WorkerLink::published_end() const {
  return answered_ + static_cast<std::uint32_t>(handed_.size()) - unpublished_;
}

}  // namespace blitzen::pool
