#include "server/client_watch.hpp"

#include <utility>

namespace blitzen::server {

ClientWatch::ClientWatch(asio::io_context& io, std::chrono::milliseconds patience, std::function<void()> missed)
    : patience_(patience), missed_(std::move(missed)), timer_(io) {}

void ClientWatch::update(bool missing) {
  if (std::exchange(waiting_, missing) == missing) return;
  if (!missing) {
    timer_.cancel();
    return;
  }
  timer_.expires_after(patience_);
  timer_.async_wait([this](const asio::error_code& error) {
    if (error || !waiting_) return;
    waiting_ = false;
    missed_();
  });
}

}  // namespace blitzen::server
