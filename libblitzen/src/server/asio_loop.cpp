#include "server/asio_loop.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <utility>

namespace blitzen::server {
namespace {

class AsioTimer final : public Timer {
 public:
  AsioTimer(asio::io_context& io, std::function<void()> expired) : timer_(io), expired_(std::move(expired)) {}

  void set(core::TimePoint at) override {
    timer_.expires_at(at);
    // Asio may have queued the call for an earlier time already.
    timer_.async_wait([this, time = ++times_](const asio::error_code& error) {
      if (!error && time == times_) expired_();
    });
  }

  void cancel() override {
    ++times_;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  std::function<void()> expired_;
  std::uint64_t times_ = 0;  ///< That were set or cancelled.
};

}  // namespace

core::TimePoint AsioLoop::now() const { return std::chrono::steady_clock::now(); }

void AsioLoop::post(std::function<void()> function) { asio::post(io_, std::move(function)); }

std::unique_ptr<Timer> AsioLoop::make_timer(std::function<void()> expired) {
  return std::make_unique<AsioTimer>(io_, std::move(expired));
}

}  // namespace blitzen::server
