#include "dispatch/led_loop.hpp"

#include <asio/post.hpp>
#include <chrono>
#include <utility>

#include "base/all_signals_blocked.hpp"

namespace blitzen::dispatch {
namespace {

/// The longest that what callers left lies about. Short beside what people notice, long beside what a look costs.
constexpr std::chrono::milliseconds tick{1};

}  // namespace

LedLoop::LedLoop(std::mutex& mutex, std::function<void(Lock&)> tend) : mutex_(mutex), tend_(std::move(tend)) {}

void LedLoop::start() {
  const base::AllSignalsBlocked blocked;
  own_ = std::thread([this] { run(); });
}

// Callers

void LedLoop::see_to_it(Lock& lock) {
  if (led())
    wake_leader();
  else
    tend(lock);
}

void LedLoop::tend(Lock& lock) {
  leader_ = Leader::caller;
  ++terms_;
  tend_(lock);
  leave();
}

void LedLoop::wake_leader() {
  if (std::exchange(wake_posted_, true)) return;
  asio::post(context_, [this] {
    Lock lock(mutex_);
    wake_posted_ = false;
    tend_(lock);
  });
}

bool LedLoop::lead_until(Lock& lock, const Done& done) {
  attended_ = true;
  if (leader_ == Leader::own && asleep_ == 0) {
    wake_leader();
    ++in_line_;
    turn_.wait(lock, [&] { return leader_ != Leader::own || done(); });
    --in_line_;
  }
  if (led() || ending_) return done();
  leader_ = Leader::caller;
  ++terms_;
  tend_(lock);
  while (!done()) run_one(lock);
  attended_ = true;
  leave();
  return true;
}

void LedLoop::follow_until(Lock& lock, std::condition_variable& changed, const Done& done) {
  ++asleep_;
  changed.wait(lock, done);
  --asleep_;
}

void LedLoop::leave() {
  leader_ = Leader::none;
  if (rests_long_ || asleep_ > 0) left_.notify_one();
}

/// Sleeps until there is a handler to run.
void LedLoop::run_one(Lock& lock) noexcept {
  lock.unlock();
  context_.run_one();
  lock.lock();
}

bool LedLoop::poll_one(Lock& lock) noexcept {
  lock.unlock();
  const bool ran = context_.poll_one() > 0;
  lock.lock();
  return ran;
}

// The loop's own thread

void LedLoop::run() {
  Lock lock(mutex_);
  while (!context_.stopped()) {
    if (led() || !left_alone())
      rest(lock);
    else
      lead(lock);
  }
}

void LedLoop::lead(Lock& lock) {
  leader_ = Leader::own;
  tend_(lock);
  do run_one(lock);
  while (!context_.stopped() && left_alone());
  stop_leading();
}

void LedLoop::stop_leading() {
  leader_ = Leader::none;
  if (in_line_ > 0) turn_.notify_all();
}

bool LedLoop::left_alone() const noexcept { return ending_ || (in_line_ == 0 && (!attended_ || asleep_ > 0)); }

/// Returns when it is time to lead.
void LedLoop::rest(Lock& lock) {
  while (true) {
    attended_ = false;
    const std::uint64_t term = terms_;
    left_.wait_for(lock, tick, [this] { return !led() && (ending_ || (asleep_ > 0 && in_line_ == 0)); });
    if (led() && (term == terms_ || ending_)) {
      // A caller waits for long, and does whatever there is to do meanwhile.
      rests_long_ = true;
      left_.wait(lock, [this] { return !led(); });
      rests_long_ = false;
    }
    if (led()) continue;
    if (left_alone()) return;
    look(lock);
  }
}

/// Callers are at it, but none of them leads.
void LedLoop::look(Lock& lock) {
  leader_ = Leader::own;
  tend_(lock);
  while (in_line_ == 0 && poll_one(lock)) continue;
  stop_leading();
}

// The end

void LedLoop::end(std::function<void()> last) {
  asio::post(context_, std::move(last));
  {
    const Lock lock(mutex_);
    ending_ = true;
    left_.notify_one();
    turn_.notify_all();
  }
  own_.join();
}

}  // namespace blitzen::dispatch
