// Batches item by item: for hosts that neither want to build a vector of tasks first nor to get one.
#pragma once

#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

#include "proto/limits.hpp"
#include "proto/serialize.hpp"

namespace blitzen::proto {

namespace detail {

template <class Packet>
struct BatchItem;
template <>
struct BatchItem<SubmitTasks> : std::type_identity<SubmittedTask> {};
template <>
struct BatchItem<ReportOutcomes> : std::type_identity<ReportedOutcome> {};
template <>
struct BatchItem<AssignTasks> : std::type_identity<AssignedTask> {};
template <>
struct BatchItem<FinishTasks> : std::type_identity<FinishedTask> {};
template <>
struct BatchItem<ReturnTasks> : std::type_identity<AttemptId> {};
template <>
struct BatchItem<CancelAttempts> : std::type_identity<AttemptId> {};

}  // namespace detail

/// The item type of a packet that is a batch.
template <class Packet>
using BatchItem = typename detail::BatchItem<Packet>::type;

/// What a batch keeps of its memory for the next one: an item may be much larger than a batch should be.
inline constexpr std::size_t batch_kept_bytes_max = 16 * batch_bytes_target;

/// Builds the body of a batch packet by appending items. Reuses its memory from batch to batch, unless that is much.
/// \code
/// BatchWriter<SubmitTasks> batch;
/// batch.add(task);
/// if (batch.full()) { channel.send(batch.finish()); batch.clear(); }
/// \endcode
template <class Packet>
class BatchWriter {
 public:
  BatchWriter() { clear(); }
  BatchWriter(const BatchWriter&) = delete;
  BatchWriter& operator=(const BatchWriter&) = delete;

  void add(const BatchItem<Packet>& item) {
    archive_(item);
    ++count_;
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// Size of the body so far.
  [[nodiscard]] std::size_t bytes() const noexcept { return body_.size(); }
  /// True when the batch should go: it reached batch_bytes_target.
  [[nodiscard]] bool full() const noexcept { return body_.size() >= batch_bytes_target; }

  /// Completes the body and shows it until clear(), which must come before the next add().
  [[nodiscard]] std::span<const std::byte> finish() {
    std::memcpy(body_.data(), &count_, sizeof count_);
    archive_(OptionalFields{});
    return body_;
  }

  /// Memory held, used or not.
  [[nodiscard]] std::size_t held_bytes() const noexcept { return body_.capacity(); }

  void clear() {
    if (body_.capacity() > batch_kept_bytes_max) std::vector<std::byte>().swap(body_);
    body_.resize(sizeof count_);
    count_ = 0;
  }

 private:
  std::vector<std::byte> body_;
  OutputArchive archive_{body_};
  std::uint32_t count_ = 0;
};

/// Calls `on_item(item, encoded)` for every item of a batch packet's body, in order. `encoded` shows exactly the item's
/// bytes, which decode() reads again. `on_item` may throw. Throws DecodeError, possibly after some items were told.
template <class Packet, class OnItem>
void for_each_item(std::span<const std::byte> body, OnItem&& on_item) {
  using Item = BatchItem<Packet>;
  InputArchive archive{body};
  const std::uint32_t count = load_count<Item>(archive);
  Item item;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto before = archive.rest();
    archive(item);
    on_item(static_cast<const Item&>(item), before.first(before.size() - archive.remaining()));
  }
  OptionalFields none;
  archive(none);
  archive.finish();
}

}  // namespace blitzen::proto
