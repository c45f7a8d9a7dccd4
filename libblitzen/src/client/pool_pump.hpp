// Calls its owner when the pool has something to do.
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <optional>

#include "pool/pool.hpp"

namespace blitzen::client {

/// Waits for the pool's descriptor and its deadline on one event loop. Must outlive the loop's run.
class PoolPump {
 public:
  /// `due` is called from the loop, after wait() and until the next wait().
  PoolPump(asio::io_context& io, pool::Pool& pool, std::function<void()> due);
  PoolPump(const PoolPump&) = delete;
  PoolPump& operator=(const PoolPump&) = delete;
  ~PoolPump();

  /// To be called after every Pool::process(): calls `due` when the pool has news or its deadline passes.
  void wait();
  /// Waits for nothing any more.
  void stop();

 private:
  void wait_for_news();
  void wait_until(pool::TimePoint deadline);

  pool::Pool& pool_;
  std::function<void()> due_;
  asio::posix::stream_descriptor descriptor_;
  asio::steady_timer timer_;
  std::optional<pool::TimePoint> timer_due_;
  bool waits_for_news_ = false;
};

}  // namespace blitzen::client
