// The queued tasks of one driver.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/ids.hpp"
#include "core/numbered_table.hpp"
#include "core/task.hpp"

namespace blitzen::core {

/// The codes a client has refused.
using CodeSet = std::set<CodeId>;

/// One lane per code, usually one in all: tasks of a code that a client cannot run do not block the others.
/// First in, first out within a lane; between lanes the one whose first task has the lowest number goes first.
/// Lanes are linked through the tasks: queueing, taking and removing allocate nothing.
class TaskQueue {
 public:
  explicit TaskQueue(NumberedTable<Task>& tasks) : tasks_(tasks) {}
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  /// Makes the lane if the code is new.
  [[nodiscard]] std::uint32_t lane_of(CodeId code);
  [[nodiscard]] CodeId code_of(std::uint32_t lane) const { return lanes_[lane].code; }

  /// The task's lane is set and the task is in no lane.
  void push_back(std::uint64_t number);
  void push_front(std::uint64_t number);
  void remove(std::uint64_t number);
  /// The next task whose code is not refused.
  [[nodiscard]] std::optional<std::uint64_t> take(const CodeSet& refused);
  /// The next task of this code.
  [[nodiscard]] std::optional<std::uint64_t> take_of(CodeId code);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Throws std::logic_error when lanes, links and counts disagree.
  void check_invariants() const;

 private:
  /// First task of each lane that is not empty, and the lane.
  using Heads = std::map<std::uint64_t, std::uint32_t>;

  struct Lane {
    CodeId code{};
    std::uint64_t first = no_number;
    std::uint64_t last = no_number;
    Heads::node_type spare_head;  ///< The lane's node of heads_, while the lane is empty.
  };

  [[nodiscard]] Queued& link(std::uint64_t number) { return std::get<Queued>(tasks_.at(number).state); }
  void set_first(std::uint32_t lane, std::uint64_t number);

  NumberedTable<Task>& tasks_;
  std::vector<Lane> lanes_;
  std::map<CodeId, std::uint32_t> lane_by_code_;
  Heads heads_;
  std::uint64_t size_ = 0;
};

}  // namespace blitzen::core
