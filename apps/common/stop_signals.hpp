// SIGINT and SIGTERM: the first asks a program to stop, the second to stop at once.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "blitzen/error.hpp"

namespace blitzen::app {

/// What each signal of a row asks for.
class StopSequence {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Wish { stop, stop_now, nothing };

  /// One wish to stop may arrive as several signals, from timeout(1) or through a process group as well: those that
  /// follow the first within this time count as part of it.
  static constexpr std::chrono::milliseconds echo_max{500};

  [[nodiscard]] Wish signal(Time now);

 private:
  std::optional<Time> first_;
  bool over_ = false;
};

/// While it lives, the first SIGINT or SIGTERM calls `stop` and the next wish to stop `stop_now`, from a thread of its
/// own. Further ones change nothing. One per process at a time. Throws Error{system}.
///
/// The handlers do not block signals and are forgotten at exec, so child processes start with the usual dispositions.
class StopSignals {
 public:
  using Clock = std::function<StopSequence::Time()>;
  StopSignals(std::function<void()> stop, std::function<void()> stop_now,
              Clock clock = &std::chrono::steady_clock::now);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();

 private:
  std::thread thread_;
};

}  // namespace blitzen::app
