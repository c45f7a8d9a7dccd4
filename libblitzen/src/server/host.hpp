// A running server: the event loop, the listening socket, and how it all ends.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>

#include "blitzen/server.hpp"
#include "images/image_cache.hpp"
#include "net/acceptor.hpp"
#include "server/asio_loop.hpp"
#include "server/broker.hpp"
#include "server/refusal_log.hpp"

namespace blitzen::server {

class Host {
 public:
  /// Listens from now on; peers are answered once run() is called. Throws Error as Server::start() says.
  /// After `client_patience`, drivers whose tasks wait are told that no client is connected.
  explicit Host(const ServerOptions& options, std::chrono::milliseconds client_patience = client_patience_default);
  /// The same with another cache than `options` name.
  Host(const ServerOptions& options, std::chrono::milliseconds client_patience, images::ImageCache cache);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() { broker_->stop(); }

  [[nodiscard]] std::uint16_t port() const { return acceptor_->port(); }

  /// Serves until it is stopped or its duration is over. Throws the Error that ended it, if one did.
  void run();

  /// Thread-safe, as is stop_now(). See Server.
  void stop();
  void stop_now();

 private:
  void journal_failed(const Error& error);
  void leave(const std::string& sentence);
  void end();

  asio::io_context io_{1};  // One thread runs it.
  AsioLoop loop_{io_};
  std::shared_ptr<Broker> broker_;
  RefusalLog refusals_;
  std::unique_ptr<net::Acceptor> acceptor_;
  asio::steady_timer duration_timer_{io_};
  asio::steady_timer farewell_timer_{io_};
  bool leaving_ = false;
  std::optional<Error> failure_;
};

}  // namespace blitzen::server
