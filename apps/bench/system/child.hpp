// A child process that never outlives this one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <optional>

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

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace blitzen::bench
