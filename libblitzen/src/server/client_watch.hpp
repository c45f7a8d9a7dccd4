// Notices that tasks wait although no client is connected.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>

namespace blitzen::server {

/// Longer than clients usually take to come back to a server that was started again.
inline constexpr std::chrono::milliseconds client_patience_default{5000};

class ClientWatch {
 public:
  /// `missed` is called from the loop.
  ClientWatch(asio::io_context& io, std::chrono::milliseconds patience, std::function<void()> missed);

  /// Calls `missed` when clients have been missing, in every update, for as long as patience lasts.
  void update(bool missing);

 private:
  std::chrono::milliseconds patience_;
  std::function<void()> missed_;
  asio::steady_timer timer_;
  bool waiting_ = false;
};

}  // namespace blitzen::server
