#include "server/condition_watch.hpp"

#include <utility>

namespace blitzen::server {

ConditionWatch::ConditionWatch(EventLoop& loop, std::chrono::milliseconds patience, std::function<void()> lasted)
    : loop_(loop), patience_(patience), lasted_(std::move(lasted)), timer_(loop.make_timer([this] {
        waiting_ = false;
        lasted_();
      })) {}

void ConditionWatch::update(bool holds) {
  if (std::exchange(waiting_, holds) == holds) return;
  if (holds) {
    timer_->set(loop_.now() + patience_);
  } else {
    timer_->cancel();
  }
}

}  // namespace blitzen::server
