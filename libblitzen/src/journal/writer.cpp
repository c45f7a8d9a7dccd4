#include "journal/writer.hpp"

#include <exception>
#include <span>
#include <utility>
#include <variant>

#include "base/start_thread.hpp"

namespace blitzen::journal {
namespace {

/// Bounds of one transaction: what a larger one would save is not worth the wait of its first record.
constexpr std::size_t transaction_records_max = 64 * 1024;
constexpr std::size_t transaction_bytes_max = 32 * 1024 * 1024;

std::size_t payload_bytes(const DriverJoined& it) { return it.job.size(); }
std::size_t payload_bytes(const DriverChanged& it) { return it.now.job.size(); }
std::size_t payload_bytes(const FunctionDefined& it) { return it.definition.size(); }
std::size_t payload_bytes(const TaskAccepted& it) { return it.arguments.size(); }
std::size_t payload_bytes(const TaskSettled& it) { return it.content.size(); }
template <class Small>
std::size_t payload_bytes(const Small&) {
  return 0;
}

std::size_t bytes_of(const Record& record) {
  return sizeof(Record) + std::visit([](const auto& it) { return payload_bytes(it); }, record);
}

/// As many of the records as one transaction takes, at least one, and their bytes.
std::pair<std::span<Record>, std::size_t> first_transaction(std::span<Record> records) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < records.size() && count < transaction_records_max && bytes < transaction_bytes_max)
    bytes += bytes_of(records[count++]);
  return {records.first(count), bytes};
}

}  // namespace

Writer::Writer(std::unique_ptr<Store> store, OnCommitted committed, OnFailed failed)
    : store_(std::move(store)), committed_(std::move(committed)), failed_(std::move(failed)) {
  thread_ = base::start_thread([this] { run(); });
}

std::uint64_t Writer::record(Record record) {
  const std::size_t bytes = bytes_of(record);
  const std::lock_guard lock(mutex_);
  ++recorded_;
  if (!accepts_) return recorded_;
  unwritten_bytes_ += bytes;
  pending_.push_back(std::move(record));
  pending_end_ = recorded_;
  if (pending_.size() == 1) came_.notify_one();
  return recorded_;
}

std::size_t Writer::unwritten_bytes() const {
  const std::lock_guard lock(mutex_);
  return unwritten_bytes_;
}

void Writer::stop() { end(true); }

void Writer::stop_now() { end(false); }

void Writer::end(bool drain) {
  if (!thread_.joinable()) return;
  std::vector<Record> forgotten;
  {
    const std::lock_guard lock(mutex_);
    accepts_ = false;
    stopping_ = true;
    gives_up_ = !drain;
    if (!drain) forgotten.swap(pending_);
  }
  came_.notify_one();
  thread_.join();
  store_.reset();
  const std::lock_guard lock(mutex_);
  unwritten_bytes_ = 0;
}

void Writer::run() {
  Batch batch;
  while (take(batch)) {
    if (!write(batch)) return;
  }
}

bool Writer::take(Batch& batch) {
  batch.records.clear();
  if (batch.records.capacity() > transaction_records_max) batch.records.shrink_to_fit();  // There was a rush.
  std::unique_lock lock(mutex_);
  came_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
  batch.records.swap(pending_);
  batch.end = pending_end_;
  return !batch.records.empty();
}

bool Writer::gives_up() const {
  const std::lock_guard lock(mutex_);
  return gives_up_;
}

bool Writer::write(Batch& batch) {
  std::span<Record> rest = batch.records;
  while (!rest.empty() && !gives_up()) {
    const auto [transaction, bytes] = first_transaction(rest);
    rest = rest.subspan(transaction.size());
    try {
      store_->write(transaction);
    } catch (const Error& error) {
      fail(error);
      return false;
    }
    for (Record& record : transaction) record = TaskStarted{};  // Its payload may be large.
    {
      const std::lock_guard lock(mutex_);
      unwritten_bytes_ -= bytes;
    }
    committed_(batch.end - rest.size());
  }
  return true;
}

void Writer::fail(const Error& error) {
  std::vector<Record> forgotten;
  {
    const std::lock_guard lock(mutex_);
    accepts_ = false;
    forgotten.swap(pending_);
    unwritten_bytes_ = 0;
  }
  failed_(error);
}

}  // namespace blitzen::journal
