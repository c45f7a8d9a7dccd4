// How a test and the tasks it runs meet, without anybody sleeping: through named pipes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "base/unique_fd.hpp"

namespace blitzen::e2e {

/// Closed at first: tasks that pass() it wait until the test opens it.
class Gate {
 public:
  /// Makes the pipe `path`.
  explicit Gate(std::filesystem::path path);
  [[nodiscard]] std::string path() const { return path_; }
  void open();

 private:
  std::filesystem::path path_;
  base::UniqueFd pipe_;
};

/// Where tasks leave lines for the test, in the order they come.
class Reports {
 public:
  /// Makes the pipe `path`.
  explicit Reports(std::filesystem::path path);
  [[nodiscard]] std::string path() const { return path_; }
  /// The next line. Throws DidNotHappen when none comes.
  std::string take();
  pid_t take_process() { return std::stoi(take()); }
  /// True if there is no line that was not taken.
  [[nodiscard]] bool empty() const;

 private:
  std::filesystem::path path_;
  base::UniqueFd pipe_;
  std::string pending_;
};

// What tasks call, with the path that the test passed to them.
void pass(const std::string& gate);
/// `line` without a newline.
void report(const std::string& reports, const std::string& line);

}  // namespace blitzen::e2e
