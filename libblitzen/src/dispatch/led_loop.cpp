#include "dispatch/led_loop.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "base/start_thread.hpp"
#include "blitzen/error.hpp"
#include "dispatch/thrown_by.hpp"

namespace blitzen::dispatch {
namespace {

/// The longest that what callers left lies about. Short beside what people notice, long beside what a look costs.
constexpr std::chrono::milliseconds tick{1};

}  // namespace

LedLoop::LedLoop(std::mutex& mutex, std::function<void(Lock&)> tend, OnThrown on_thrown)
    : mutex_(mutex), tend_(std::move(tend)), on_thrown_(std::move(on_thrown)) {}

void LedLoop::start() {
  try {
    // Descriptors that are wanted anyway: better to miss them here than in a handler.
    const asio::steady_timer opens_them{context_};
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::system, std::string("cannot make an event loop (") + error.what() +
                                       "); close files that are not needed, or raise their limit (ulimit -n)");
  }
  own_ = base::start_thread([this] { run(); });
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
  guard(lock, [&] { tend_(lock); });
  leave();
}

void LedLoop::wake_leader() {
  if (wake_posted_) return;
  asio::post(context_, [this] {
    Lock lock(mutex_);
    wake_posted_ = false;
    tend_(lock);
  });
  wake_posted_ = true;
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
  guard(lock, [&] { tend_(lock); });
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
void LedLoop::run_one(Lock& lock) {
  guard(lock, [&] {
    lock.unlock();
    context_.run_one();
  });
}

bool LedLoop::poll_one(Lock& lock) {
  bool ran = true;
  guard(lock, [&] {
    lock.unlock();
    ran = context_.poll_one() > 0;
  });
  return ran;
}

template <class Work>
void LedLoop::guard(Lock& lock, Work&& work) noexcept {
  if (const auto thrown = thrown_by(lock, work)) on_thrown_(lock, thrown);
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
  guard(lock, [&] { tend_(lock); });
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
  guard(lock, [&] { tend_(lock); });
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
