// The clock, the timers and the end of a turn, as the broker and its parts see them.
#pragma once

#include <functional>
#include <memory>

#include "core/ids.hpp"

namespace blitzen::server {

/// Calls one function when its time has come. Must not be destroyed while its loop runs.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() = default;

  /// Replaces the time that was set before.
  virtual void set(core::TimePoint at) = 0;
  /// The function is not called any more, unless a time is set again.
  virtual void cancel() = 0;
};

/// One thread at a time runs it.
class EventLoop {
 public:
  EventLoop() = default;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  virtual ~EventLoop() = default;

  /// Monotonic.
  [[nodiscard]] virtual core::TimePoint now() const = 0;
  /// Has the function called from the loop, after what is due already. Thread-safe.
  virtual void post(std::function<void()> function) = 0;
  /// `expired` is called from the loop.
  [[nodiscard]] virtual std::unique_ptr<Timer> make_timer(std::function<void()> expired) = 0;
};

}  // namespace blitzen::server
