// What stands in a journal, when a server starts again.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "journal/records.hpp"
#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// Is told what stands in a journal: each driver, followed by its functions, its tasks that are not settled, and its
/// outcomes, each in the order of their numbers.
class Visitor {
 public:
  Visitor() = default;
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  virtual ~Visitor() = default;

  virtual void on_driver(DriverJoined&& driver) = 0;
  virtual void on_function(FunctionDefined&& function) = 0;
  /// False if its function was not told, without which it is nothing: it counts as damaged then.
  [[nodiscard]] virtual bool on_task(TaskAccepted&& task, bool started) = 0;
  virtual void on_outcome(TaskSettled&& outcome) = 0;
};

/// Keeps nothing of what it is told, only looks whether all of it makes sense.
class Inspector final : public Visitor {
 public:
  void on_driver(DriverJoined&& /*driver*/) override { functions_.clear(); }
  void on_function(FunctionDefined&& function) override { functions_.insert(function.index); }
  bool on_task(TaskAccepted&& task, bool /*started*/) override { return functions_.contains(task.function); }
  void on_outcome(TaskSettled&& /*outcome*/) override {}

 private:
  std::unordered_set<std::uint32_t> functions_;  ///< Of the last driver.
};

/// `intact` were told; there should be `recorded`.
struct Found {
  std::uint64_t intact = 0;
  std::uint64_t recorded = 0;
};

struct Recovered {
  Found drivers;
  Found functions;
  Found tasks;
  Found outcomes;
  /// What is wrong with the file; the first ten findings. Empty: nothing.
  std::vector<std::string> damage;
};

/// Tells the visitor everything that is intact. One row at a time is in memory, besides what the visitor keeps.
/// Throws what the visitor throws, and Error for what has nothing to do with the state of the file.
[[nodiscard]] Recovered recover(const Connection& connection, Visitor& visitor);

/// Why the server does not start with a journal that is damaged, and what to do.
[[nodiscard]] Error damage_error(const std::string& path, const Recovered& recovered);

}  // namespace blitzen::journal
