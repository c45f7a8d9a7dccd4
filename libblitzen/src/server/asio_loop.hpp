// An event loop by Asio.
#pragma once

#include <asio/io_context.hpp>

#include "server/event_loop.hpp"

namespace blitzen::server {

class AsioLoop final : public EventLoop {
 public:
  explicit AsioLoop(asio::io_context& io) : io_(io) {}

  [[nodiscard]] core::TimePoint now() const override;
  void post(std::function<void()> function) override;
  [[nodiscard]] std::unique_ptr<Timer> make_timer(std::function<void()> expired) override;

 private:
  asio::io_context& io_;
};

}  // namespace blitzen::server
