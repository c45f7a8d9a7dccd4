// A child process that never outlives this one.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace blitzen::bench {

class Child {
 public:
  /// Runs `body` in a fork of this process. What it throws ends it with status 1.
  explicit Child(const std::function<void()>& body);
  Child(Child&&) = delete;
  Child& operator=(Child&&) = delete;
  /// Kills it if it still runs.
  ~Child();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Does nothing to one that has been waited for.
  void signal(int number) const noexcept;
  /// Waits until it has ended and returns its exit status, 128 and the signal's number if one killed it; empty if it
  /// still runs after this long.
  std::optional<int> wait(std::chrono::milliseconds patience);

  /// Kills every child there is and waits until they have ended; those that are made later are killed at once. For a
  /// program that is about to end. From any thread.
  static void end_all() noexcept;

 private:
  void reap(int* status) const noexcept;

  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// For the body of a child: becomes another program, with these as stdin, stdout and stderr.
[[noreturn]] void execute(std::vector<std::string> command, const std::array<int, 3>& streams);

}  // namespace blitzen::bench
