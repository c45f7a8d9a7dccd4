#include "net/packet_queue.hpp"

#include <algorithm>
#include <cstring>

namespace blitzen::net {
namespace {

/// Buffers that grew beyond this in a burst are given back when empty.
constexpr std::size_t kept_bytes_max = 1024 * 1024;

/// So much of a large packet is sent before the next one's turn. What arrives in one go can be passed on while it is
/// still in the processor's caches, and one of the usual size is complete before the next begins.
constexpr std::size_t turn_bytes_max = 2 * 1024 * 1024;

void empty(std::vector<std::byte>& buffer) {
  if (buffer.capacity() > kept_bytes_max) {
    std::vector<std::byte>().swap(buffer);
  } else {
    buffer.clear();
  }
}

void append(std::vector<std::byte>& to, const void* data, std::size_t size) {
  const auto* first = static_cast<const std::byte*>(data);
  to.insert(to.end(), first, first + size);
}

}  // namespace

PacketQueue::PacketQueue(bool compression) {
  if (compression) compressor_.emplace();
}

std::vector<std::byte>& PacketQueue::begin() {
  begun_ = gathering_.size();
  gathering_.resize(begun_ + proto::frame_header_bytes);
  return gathering_;
}

std::size_t PacketQueue::begun_bytes() const noexcept { return gathering_.size() - begun_ - proto::frame_header_bytes; }

void PacketQueue::commit(proto::PacketNumber number) {
  if (begun_bytes() > proto::frame_body_bytes_max) return commit_large(number);
  const bool compressed = compressor_ && compress_begun();
  const auto header = proto::encode_frame_header(
      {.body_bytes = static_cast<std::uint32_t>(begun_bytes()), .packet = number, .compressed = compressed});
  std::memcpy(gathering_.data() + begun_, header.data(), header.size());
  const bool large_ones_go_first = !active_.empty() || !waiting_.empty();
  if (large_ones_go_first && proto::overtakes_nothing(number)) trail_begun();
}

void PacketQueue::trail_begun() {
  const auto begun = gathering_.begin() + static_cast<std::ptrdiff_t>(begun_);
  trailing_.push_back({std::vector<std::byte>(begun, gathering_.end()), larges_});
  trailing_bytes_ += trailing_.back().frame.size();
  discard();
}

/// Puts the compressed body in the place of the body, unless it had better stay.
bool PacketQueue::compress_begun() {
  const auto body = std::span{gathering_}.subspan(begun_ + proto::frame_header_bytes);
  const auto compressed = compressor_->compress(body);
  if (compressed.empty()) return false;
  std::copy(compressed.begin(), compressed.end(), body.begin());
  gathering_.resize(gathering_.size() - (body.size() - compressed.size()));
  return true;
}

void PacketQueue::commit_large(proto::PacketNumber number) {
  Large large;
  large.number = number;
  if (begun_ == 0) {
    large.body.encoded.swap(gathering_);
    large.begin = proto::frame_header_bytes;
  } else {
    const auto body = gathering_.begin() + static_cast<std::ptrdiff_t>(begun_ + proto::frame_header_bytes);
    large.body.encoded.assign(body, gathering_.end());
    discard();
  }
  large.body.split = large.body.encoded.size();
  wait_for_stream(std::move(large));
}

void PacketQueue::push(proto::PacketNumber number, BodyInPieces body) {
  if (body.size() > proto::frame_body_bytes_max) {
    Large large;
    large.number = number;
    large.body = std::move(body);
    return wait_for_stream(std::move(large));
  }
  std::vector<std::byte>& out = begin();
  for (std::size_t position = 0; position < body.size();) {
    const auto piece = body.at(position, body.size());
    append(out, piece.data(), piece.size());
    position += piece.size();
  }
  commit(number);
}

void PacketQueue::wait_for_stream(Large large) {
  large.next = large.begin;
  large.ordinal = ++larges_;
  large_bytes_ += large.total();
  waiting_.push_back(std::move(large));
}

void PacketQueue::discard() {
  gathering_.resize(begun_);
  if (gathering_.empty()) empty(gathering_);
}

std::span<const std::byte> PacketQueue::front() {
  if (written_ == writing_.size() && fragment_ == 0) {
    empty(writing_);
    written_ = 0;
    if (!gathering_.empty()) {
      writing_.swap(gathering_);
    } else {
      begin_fragment();
    }
  }
  if (written_ < writing_.size()) return std::span<const std::byte>{writing_}.subspan(written_);
  if (fragment_ == 0) return {};
  return active_.front().body.at(active_.front().next, fragment_);
}

PacketQueue::Pieces PacketQueue::next_pieces() {
  Pieces pieces{front()};
  std::size_t count = written_ < writing_.size() ? 1 : 0;
  for (std::size_t begun = 0; begun < fragment_ && count < pieces.size(); ++count) {
    pieces[count] = active_.front().body.at(active_.front().next + begun, fragment_ - begun);
    begun += pieces[count].size();
  }
  return pieces;
}

void PacketQueue::consumed(std::size_t bytes) {
  const std::size_t small = std::min(bytes, writing_.size() - written_);
  written_ += small;
  if (bytes > small) pass_over(bytes - small);
}

std::size_t PacketQueue::bytes() const noexcept {
  return gathering_.size() + writing_.size() - written_ + large_bytes_ + trailing_bytes_;
}

std::size_t PacketQueue::held_bytes() const noexcept {
  std::size_t held = gathering_.capacity() + writing_.capacity() + trailing_bytes_;
  for (const Large& large : active_) held += large.body.encoded.capacity() + large.body.payload.size();
  for (const Large& large : waiting_) held += large.body.encoded.capacity() + large.body.payload.size();
  return held;
}

/// Puts the next fragment's header into writing_; its content follows from where it lies, unless it is compressed.
void PacketQueue::begin_fragment() {
  while (!waiting_.empty() && active_.size() < proto::streams_max) {
    active_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    active_.back().stream = take_stream();
  }
  if (active_.empty()) return;
  const Large& large = active_.front();
  const std::uint64_t total = large.total();
  const bool first = large.next == large.begin;
  const std::size_t prefix = first ? proto::fragment_total_bytes : 0;
  // The first one is short, so that something is left for a last one.
  const std::size_t body_bytes_max =
      first || compressor_ ? proto::frame_body_bytes_max : proto::fragment_body_bytes_max;
  fragment_ = std::min(body_bytes_max - prefix, large.body.size() - large.next);
  const bool last = large.next + fragment_ == large.body.size();
  const auto part = first ? proto::FramePart::first : last ? proto::FramePart::last : proto::FramePart::middle;
  const auto compressed = compressor_ ? compress_fragment() : std::span<const std::byte>{};
  const std::size_t content_bytes = compressed.empty() ? fragment_ : compressed.size();
  const auto header = proto::encode_frame_header({.body_bytes = static_cast<std::uint32_t>(prefix + content_bytes),
                                                  .packet = large.number,
                                                  .part = part,
                                                  .stream = large.stream,
                                                  .compressed = !compressed.empty()});
  append(writing_, header.data(), header.size());
  if (first) append(writing_, &total, sizeof total);
  if (compressed.empty()) return take_small_pieces();
  append(writing_, compressed.data(), compressed.size());
  pass_over(fragment_);
}

/// The fragment as it should travel, or empty if that is as it is.
std::span<const std::byte> PacketQueue::compress_fragment() {
  const Large& large = active_.front();
  const auto piece = large.body.at(large.next, fragment_);
  if (piece.size() == fragment_) return compressor_->compress(piece);
  whole_fragment_.clear();
  while (whole_fragment_.size() < fragment_) {
    const auto next = large.body.at(large.next + whole_fragment_.size(), fragment_ - whole_fragment_.size());
    append(whole_fragment_, next.data(), next.size());
  }
  return compressor_->compress(whole_fragment_);
}

/// What is little leaves with the header, for the sake of those that write piece by piece.
void PacketQueue::take_small_pieces() {
  constexpr std::size_t small_bytes_max = 1024;
  while (fragment_ > 0) {
    const auto piece = active_.front().body.at(active_.front().next, fragment_);
    if (piece.size() > small_bytes_max) return;
    append(writing_, piece.data(), piece.size());
    pass_over(piece.size());
  }
}

/// These bytes of the fragment are done with.
void PacketQueue::pass_over(std::size_t bytes) {
  fragment_ -= bytes;
  turn_ += bytes;
  large_bytes_ -= bytes;
  active_.front().next += bytes;
  if (fragment_ == 0) release_finished();
}

/// After a fragment: perhaps the next large packet's turn.
void PacketQueue::release_finished() {
  const bool complete = active_.front().next == active_.front().body.size();
  if (!complete && turn_ < turn_bytes_max) return;
  turn_ = 0;
  Large large = std::move(active_.front());
  active_.pop_front();
  if (complete) {
    streams_used_ &= ~(1U << large.stream);
    release_trailing();
  } else {
    active_.push_back(std::move(large));
  }
}

/// What waits for large packets that are all gone now follows at once.
void PacketQueue::release_trailing() {
  std::uint64_t oldest = waiting_.empty() ? larges_ + 1 : waiting_.front().ordinal;
  for (const Large& large : active_) oldest = std::min(oldest, large.ordinal);
  for (; !trailing_.empty() && trailing_.front().behind < oldest; trailing_.pop_front()) {
    const std::vector<std::byte>& frame = trailing_.front().frame;
    append(gathering_, frame.data(), frame.size());
    trailing_bytes_ -= frame.size();
  }
}

std::uint8_t PacketQueue::take_stream() {
  std::uint8_t stream = 1;
  while ((streams_used_ & (1U << stream)) != 0) ++stream;
  streams_used_ |= 1U << stream;
  return stream;
}

}  // namespace blitzen::net
