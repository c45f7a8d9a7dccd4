// What the server keeps of one driver's tasks besides their scheduling: payloads, and the deaths they caused.
#pragma once

#include <chrono>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"
#include "core/numbered_table.hpp"
#include "proto/packets.hpp"
#include "server/function_table.hpp"
#include "server/memory_budget.hpp"

namespace blitzen::server {

/// 32 bytes, and the arguments where they arrived: they are neither copied nor decoded on their way.
/// A slice keeps its whole packet in memory until the last task of the packet is settled.
struct StoredTask {
  base::SharedBytes arguments;
  std::chrono::nanoseconds timeout{0};  ///< Zero: none.
  FunctionId function{};
  bool starts_once = false;
};

class TaskStore {
 public:
  /// Lower numbers than `first` are done with.
  explicit TaskStore(std::uint64_t first = 0, MemoryBudget* budget = nullptr) : tasks_(first), bytes_(budget) {}

  /// False for a number that was stored before, settled or not: the driver repeats itself.
  [[nodiscard]] bool is_new(std::uint64_t number) const { return tasks_.is_new(number); }

  /// Keeps a new task. False when the number leaves too many out before it; the scheduler rejects it as well then.
  bool add(std::uint64_t number, StoredTask task) {
    if (!tasks_.admits(number)) return false;
    restore(number, std::move(task));
    return true;
  }

  /// Keeps a task that an earlier life of the server had, however many numbers are missing.
  void restore(std::uint64_t number, StoredTask task) {
    bytes_.add(task.arguments.size());
    tasks_.insert(number) = std::move(task);
  }

  /// Nothing will come for lower numbers that did not come yet.
  void skip_below(std::uint64_t first) { tasks_.skip_below(first); }

  /// Nothing will come for this number any more. Without an effect if something has, or if it leaves too many out.
  void skip(std::uint64_t number) { tasks_.skip(number); }

  /// Null for a task that is not there (any more).
  [[nodiscard]] const StoredTask* find(std::uint64_t number) const { return tasks_.find(number); }

  void add_death(std::uint64_t number, proto::Obituary obituary) {
    if (tasks_.find(number) != nullptr) deaths_[number].push_back(std::move(obituary));
  }
  /// The obituaries kept for the task, oldest first, which are then no longer kept.
  [[nodiscard]] std::vector<proto::Obituary> take_deaths(std::uint64_t number) {
    auto kept = deaths_.extract(number);
    return kept.empty() ? std::vector<proto::Obituary>{} : std::move(kept.mapped());
  }

  /// Lets go of everything kept for the task.
  void remove(std::uint64_t number) {
    const StoredTask* task = tasks_.find(number);
    if (task == nullptr) return;
    bytes_.remove(task->arguments.size());
    tasks_.retire(number);
    if (!deaths_.empty()) deaths_.erase(number);
  }

  [[nodiscard]] std::uint64_t size() const { return tasks_.size(); }
  /// What the arguments take.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.bytes(); }
  /// Every number below has come.
  [[nodiscard]] std::uint64_t accepted_below() { return tasks_.first_missing(); }

 private:
  core::NumberedTable<StoredTask> tasks_;
  BudgetedBytes bytes_;
  std::unordered_map<std::uint64_t, std::vector<proto::Obituary>> deaths_;  ///< Of the few tasks that had any.
};

}  // namespace blitzen::server
