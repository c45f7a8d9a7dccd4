// SIGINT and SIGTERM: the first asks a program to stop, the second to stop at once.
#pragma once

#include <functional>
#include <thread>

#include "blitzen/error.hpp"

namespace blitzen::app {

/// While it lives, the first SIGINT or SIGTERM calls `stop` and the second `stop_now`, from a thread of its own.
/// Further ones change nothing. One per process at a time. Throws Error{system}.
///
/// The handlers do not block signals and are forgotten at exec, so child processes start with the usual dispositions.
class StopSignals {
 public:
  StopSignals(std::function<void()> stop, std::function<void()> stop_now);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  std::thread thread_;
};

}  // namespace blitzen::app
