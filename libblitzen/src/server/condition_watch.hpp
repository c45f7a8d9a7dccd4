// Notices that something has been so for a while.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>

namespace blitzen::server {

class ConditionWatch {
 public:
  /// `lasted` is called from the loop.
  ConditionWatch(asio::io_context& io, std::chrono::milliseconds patience, std::function<void()> lasted);

  /// Calls `lasted` when the condition has held, in every update, for as long as patience lasts.
  void update(bool holds);

 private:
  std::chrono::milliseconds patience_;
  std::function<void()> lasted_;
  asio::steady_timer timer_;
  bool waiting_ = false;
};

}  // namespace blitzen::server
