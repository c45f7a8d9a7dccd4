#include "server/condition_watch.hpp"

#include <utility>

namespace blitzen::server {

ConditionWatch::ConditionWatch(asio::io_context& io, std::chrono::milliseconds patience, std::function<void()> lasted)
    : patience_(patience), lasted_(std::move(lasted)), timer_(io) {}

void ConditionWatch::update(bool holds) {
  if (std::exchange(waiting_, holds) == holds) return;
  if (!holds) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(patience_);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error || !waiting_) return;
    waiting_ = false;
    lasted_();
  });
}

}  // namespace blitzen::server
