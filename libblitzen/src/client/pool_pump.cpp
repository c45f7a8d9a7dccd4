#include "client/pool_pump.hpp"

#include <utility>

namespace blitzen::client {

PoolPump::PoolPump(asio::io_context& io, pool::Pool& pool, std::function<void()> due)
    : pool_(pool), due_(std::move(due)), descriptor_(io, pool.descriptor()), timer_(io) {}

PoolPump::~PoolPump() { descriptor_.release(); }

void PoolPump::wait() {
  wait_for_news();
  if (const auto deadline = pool_.next_deadline()) wait_until(*deadline);
}

void PoolPump::stop() {
  descriptor_.cancel();
  timer_.cancel();
  timer_due_.reset();
}

void PoolPump::wait_for_news() {
  if (waits_for_news_) return;
  waits_for_news_ = true;
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const asio::error_code& error) {
    if (error) return;
    waits_for_news_ = false;
    due_();
  });
}

/// A timer that is due earlier already is left alone: `due` then finds nothing to do and waits again. That saves moving
/// the timer with every task.
void PoolPump::wait_until(pool::TimePoint deadline) {
  if (timer_due_ && *timer_due_ <= deadline) return;
  timer_due_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    timer_due_.reset();
    due_();
  });
}

}  // namespace blitzen::client
