// What drivers asked for and were told, and what workers executed; and who compares the two.
//
// A history is a directory. Each driver has a file of its own in it, and all tasks share one. Each line is a fact, and
// is written at once and whole, so that whoever is killed leaves true lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "tests/soak/figures.hpp"

namespace blitzen::soak {

inline constexpr std::string_view executed_name = "executed";
inline constexpr std::string_view driver_prefix = "driver-";

/// A file of a history, to which lines are added.
class HistoryFile {
 public:
  HistoryFile(const std::filesystem::path& directory, std::string_view name);
  /// Throws std::system_error.
  void note(const std::string& line);
  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

 private:
  std::filesystem::path directory_;
  base::UniqueFd file_;
};

/// Follows what is executed while it is written.
class Executions {
 public:
  explicit Executions(const std::filesystem::path& directory);

  struct Running {
    std::uint64_t task = 0;
    pid_t process = 0;
  };
  /// Reads what was added since the last time.
  void update();
  [[nodiscard]] std::uint64_t finished() const { return finished_; }
  /// What has started and not finished, by execution; also where the process is gone.
  [[nodiscard]] const std::unordered_map<std::uint64_t, Running>& running() const { return running_; }

 private:
  std::filesystem::path path_;
  base::UniqueFd file_;
  std::string pending_;
  std::uint64_t finished_ = 0;
  std::unordered_map<std::uint64_t, Running> running_;
};

/// What became of the tasks of a history.
struct Account {
  std::uint64_t submitted = 0;
  std::uint64_t told = 0;        ///< Tasks whose driver was told an outcome.
  std::uint64_t excused = 0;     ///< Untold, because their driver was killed.
  std::uint64_t lost = 0;        ///< Untold, although their driver asked for all.
  std::uint64_t doubled = 0;     ///< Told values of two executions.
  std::uint64_t changed = 0;     ///< Told again, and something else.
  std::uint64_t wrong = 0;       ///< Not what the task returns, or from an execution that never finished.
  std::uint64_t strange = 0;     ///< Told or executed, but never submitted.
  std::uint64_t failed = 0;      ///< Outcomes that are no value.
  std::uint64_t started = 0;     ///< Executions.
  std::uint64_t superseded = 0;  ///< Executions that finished, but whose result was not the one that counted.
  std::map<std::string, std::uint64_t> failures;  ///< How often each was told.
};

[[nodiscard]] Account check_history(const std::filesystem::path& directory);

/// With the goals that hold for every history.
void report(const Account& account, Figures& figures);

}  // namespace blitzen::soak
