// Notices that something has been so for a while.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/event_loop.hpp"

namespace blitzen::server {

class ConditionWatch {
 public:
  /// `lasted` is called from the loop.
  ConditionWatch(EventLoop& loop, std::chrono::milliseconds patience, std::function<void()> lasted);

  /// Calls `lasted` when the condition has held, in every update, for as long as patience lasts.
  void update(bool holds);

 private:
  EventLoop& loop_;
  std::chrono::milliseconds patience_;
  std::function<void()> lasted_;
  std::unique_ptr<Timer> timer_;
  bool waiting_ = false;
};

}  // namespace blitzen::server
