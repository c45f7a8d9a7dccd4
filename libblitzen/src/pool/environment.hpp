// How a program learns that a pool started it, and what as.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pool/worker.hpp"

namespace blitzen::pool {

/// Programs must not inherit the user's settings of Blitzen by accident, nor these variables from each other.
inline constexpr const char* reserved_prefix = "BLITZEN_";
/// Set in a zygote.
inline constexpr const char* zygote_variable = "BLITZEN_ZYGOTE";
/// Set in an exec'd worker, to its task libraries, one a line.
inline constexpr const char* worker_variable = "BLITZEN_WORKER";
/// Where a zygote finds its control socket; everything above is closed.
inline constexpr int control_fd = 3;

/// A sentence if one of them cannot be opened.
[[nodiscard]] std::optional<std::string> open_task_libraries(TaskRunner& runner, const std::string& lines);

/// Everything needed to exec this image again as a worker, made before fork: afterwards nothing may be allocated.
class ReexecArguments {
 public:
  explicit ReexecArguments(const std::string& libraries);
  /// Only calls that are safe after fork in a process with threads.
  [[noreturn]] void exec_worker(int channel, int doorbell, int event);

 private:
  std::vector<std::string> strings_;
  std::vector<char*> environment_;
};

/// Serves as a worker that was exec'd. Never returns.
[[noreturn]] void serve_reexeced(TaskRunner& runner);

}  // namespace blitzen::pool
