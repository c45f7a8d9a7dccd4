#include "apps/bench/watchdog.hpp"

#include <utility>

namespace blitzen::bench {

Watchdog::Watchdog(std::function<void(const std::string&)> bark)
    : bark_(std::move(bark)), thread_([this] { wait(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::watch(const std::string& what, std::chrono::seconds at_most) {
  {
    const std::lock_guard lock(mutex_);
    what_ = what;
    deadline_ = Clock::now() + at_most;
  }
  changed_.notify_one();
}

void Watchdog::wait() {
  std::unique_lock lock(mutex_);
  while (!over_) {
    if (!deadline_)
      changed_.wait(lock);
    else if (Clock::now() < *deadline_)
      changed_.wait_until(lock, *deadline_);
    else
      return bark_(what_ + " does not come to an end; this is a bug of Blitzen, or the machine is very busy");
  }
}

}  // namespace blitzen::bench
