// The tasks of one image that no worker has been handed, in the order of their submission.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "pool/queued_task.hpp"
#include "pool/ring_queue.hpp"

namespace blitzen::pool {

/// A cancelled task leaves a blank behind, so that cancelling many costs no more for each of them. Blanks are never at
/// either end, and never more than tasks by much.
class Backlog {
 public:
  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  /// Without the blanks.
  [[nodiscard]] std::size_t size() const { return tasks_.size() - blanks_; }
  [[nodiscard]] QueuedTask& front() { return tasks_.front().task; }
  [[nodiscard]] const QueuedTask& back() const { return tasks_.back().task; }

  /// Adds a task that is younger than all others.
  void push_back(QueuedTask task);
  /// Adds a task in its place, which must be near the front.
  void put_back(QueuedTask task);
  QueuedTask pop_front();
  QueuedTask pop_back();
  void clear();

  /// Drops the task of that tag. False: there is none.
  [[nodiscard]] bool cancel(const Tag& tag);

 private:
  struct Entry {
    QueuedTask task;
    bool blank = false;
  };
  struct TagHash {
    std::size_t operator()(const Tag& tag) const {
      constexpr std::uint64_t odd = 0x9e37'79b9'7f4a'7c15ULL;
      const std::uint64_t mixed = (tag.high * odd + tag.low) * odd;
      return static_cast<std::size_t>(mixed ^ mixed >> 32U);
    }
  };
  using Index = std::unordered_map<Tag, std::uint64_t, TagHash>;

  /// A shorter backlog is searched.
  static constexpr std::size_t searched_max = 64;

  void trim();
  void compact();
  void make_index();
  /// Where the task is, or size if it is not there.
  [[nodiscard]] std::size_t find(const Tag& tag);
  [[nodiscard]] std::size_t find_serial(std::uint64_t serial) const;

  RingQueue<Entry> tasks_;  // by serial
  std::size_t blanks_ = 0;
  /// The serials of all tasks here, and of some that were. Made when a long backlog is first asked for a tag.
  std::optional<Index> index_;
};

}  // namespace blitzen::pool
