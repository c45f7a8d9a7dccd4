// What the server keeps of one driver's tasks besides their scheduling: payloads, the deaths they caused and, if they
// belong to a job, their outcomes.
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

enum class StoredState : std::uint8_t {
  unsettled,
  settled,  ///< Its outcome is on its way.
  kept,     ///< Its outcome is here.
};

/// 32 bytes, and the arguments where they arrived: they are neither copied nor decoded on their way.
/// A slice keeps its whole packet in memory until the last task of the packet is settled.
struct StoredTask {
  base::SharedBytes arguments;          ///< Once it is kept, its outcome's content.
  std::chrono::nanoseconds timeout{0};  ///< Zero: none. Once it is kept, what it ran.
  FunctionId function{};
  bool starts_once = false;
  // Of a job's tasks:
  StoredState state = StoredState::unsettled;
  proto::Outcome outcome{};  ///< Once it is kept.
  bool came = false;         ///< The outcome has come to the job's driver.
};

class TaskStore {
 public:
  /// Lower numbers than `first` are done with.
  explicit TaskStore(std::uint64_t first = 0, MemoryBudget* budget = nullptr) : tasks_(first), bytes_(budget) {}

  /// From now on tasks stay, with their outcomes, until they are forgotten: they belong to a job.
  void keep_outcomes() { keeps_outcomes_ = true; }

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

  /// Null for a task that is not there (any more), or is settled.
  [[nodiscard]] const StoredTask* find(std::uint64_t number) const {
    const StoredTask* task = tasks_.find(number);
    return task != nullptr && task->state == StoredState::unsettled ? task : nullptr;
  }

  void add_death(std::uint64_t number, proto::Obituary obituary) {
    if (tasks_.find(number) != nullptr) deaths_[number].push_back(std::move(obituary));
  }
  /// The obituaries kept for the task, oldest first, which are then no longer kept.
  [[nodiscard]] std::vector<proto::Obituary> take_deaths(std::uint64_t number) {
    auto kept = deaths_.extract(number);
    return kept.empty() ? std::vector<proto::Obituary>{} : std::move(kept.mapped());
  }

  /// The task is settled: lets go of everything kept for it but its outcome.
  void remove(std::uint64_t number) {
    StoredTask* task = tasks_.find(number);
    if (task == nullptr || task->state != StoredState::unsettled) return;
    let_go_of_arguments(*task);
    task->state = StoredState::settled;
    if (!keeps_outcomes_) tasks_.retire(number);
    if (!deaths_.empty()) deaths_.erase(number);
  }

  /// Keeps the outcome of a job's task. False, and without an effect, if that was forgotten.
  bool keep(const proto::ReportedOutcome& outcome, base::SharedBytes content) {
    StoredTask* task = tasks_.find(outcome.number);
    if (task == nullptr) return false;
    remove(outcome.number);
    task->arguments = std::move(content);
    task->timeout = std::chrono::nanoseconds(outcome.ran_ns);
    task->outcome = outcome.outcome;
    task->state = StoredState::kept;
    return true;
  }
  /// The same for an outcome that an earlier life of the server had.
  void restore(const proto::ReportedOutcome& outcome, base::SharedBytes content) {
    tasks_.insert(outcome.number);
    keep(outcome, std::move(content));
  }
  /// Null unless the task's outcome is kept.
  [[nodiscard]] StoredTask* find_kept(std::uint64_t number) {
    StoredTask* task = tasks_.find(number);
    return task != nullptr && task->state == StoredState::kept ? task : nullptr;
  }
  /// Lets go of a settled task of a job.
  void forget(std::uint64_t number) {
    if (tasks_.find(number) != nullptr) tasks_.retire(number);
  }
  /// Calls visit(number, task) for every task there is, upwards.
  template <class Visit>
  void for_each(Visit&& visit) const {
    tasks_.for_each(visit);
  }

  [[nodiscard]] std::uint64_t size() const { return tasks_.size(); }
  /// What the arguments take.
  [[nodiscard]] std::uint64_t bytes() const { return bytes_.bytes(); }
  /// Every number below has come.
  [[nodiscard]] std::uint64_t accepted_below() { return tasks_.first_missing(); }
  /// Every number that came is below.
  [[nodiscard]] std::uint64_t end() const { return tasks_.end(); }

 private:
  void let_go_of_arguments(StoredTask& task) {
    bytes_.remove(task.arguments.size());
    task.arguments = {};
  }

  core::NumberedTable<StoredTask> tasks_;
  BudgetedBytes bytes_;
  std::unordered_map<std::uint64_t, std::vector<proto::Obituary>> deaths_;  ///< Of the few tasks that had any.
  bool keeps_outcomes_ = false;
};

}  // namespace blitzen::server
