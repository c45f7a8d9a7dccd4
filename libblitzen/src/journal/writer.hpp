// Brings records to the disk, many at a time, while its owner goes on.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "journal/recorder.hpp"
#include "journal/store.hpp"

namespace blitzen::journal {

/// A store that is used by a thread of its own. Whatever was recorded while it waited for the disk becomes one
/// transaction: the slower the disk, the more records share the wait.
class Writer final : public Recorder {
 public:
  /// Both are called in the writer's thread; they must not throw, nor stop or destroy the writer.
  /// Throws blitzen::Error when no thread can be started.
  Writer(std::unique_ptr<Store> store, OnCommitted committed, OnFailed failed);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// As stop().
  ~Writer() override { stop(); }

  std::uint64_t record(Record record) override;
  [[nodiscard]] std::size_t unwritten_bytes() const override;
  void stop() override;
  /// Lets go of what is not being written yet.
  void stop_now();

 private:
  struct Batch {
    std::vector<Record> records;
    std::uint64_t end = 0;  ///< The position of the last of them.
  };

  void run();
  [[nodiscard]] bool take(Batch& batch);
  [[nodiscard]] bool gives_up() const;
  /// False when the store failed.
  [[nodiscard]] bool write(Batch& batch);
  void fail(const Error& error);
  void end(bool drain);

  std::unique_ptr<Store> store_;
  OnCommitted committed_;
  OnFailed failed_;
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Record> pending_;
  std::uint64_t pending_end_ = 0;  ///< The position of the last of them.
  std::uint64_t recorded_ = 0;
  std::size_t unwritten_bytes_ = 0;
  bool accepts_ = true;
  bool stopping_ = false;
  bool gives_up_ = false;
  std::thread thread_;
};

}  // namespace blitzen::journal
