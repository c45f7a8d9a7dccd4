// Keeps the client connected to its server, and ends it in good order.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "blitzen/error.hpp"
#include "client/agent.hpp"
#include "images/image_cache.hpp"
#include "net/connector.hpp"

namespace blitzen::client {

struct HostOptions {
  AgentOptions agent;
  images::ImageCache cache;
  net::ConnectorOptions connector;  ///< Its patience holds for the first connection; afterwards it is unlimited.
};

/// Lives on the event loop that it stops when it has ended; not thread-safe.
class Host final : private AgentObserver {
 public:
  /// Throws Error when the pool cannot be made.
  Host(asio::io_context& io, HostOptions options);

  /// Starts to connect.
  void start();
  /// Drains, says goodbye and ends.
  void stop();
  /// Ends the workers, says goodbye and ends.
  void stop_now();

  /// The error that ended it, if one did.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

 private:
  void connection_lost(const net::CloseReason& reason) override;
  void drained() override;

  void connect();
  void connected(std::shared_ptr<net::Channel> channel);
  void connect_failed(const Error& error);
  void connect_retried(const std::string& sentence, std::chrono::milliseconds pause);
  void reconnect_later();
  void send_status_later();
  void say_goodbye(const std::string& sentence);
  void end();

  asio::io_context& io_;
  HostOptions options_;
  std::shared_ptr<Agent> agent_;
  std::optional<net::Connector> connector_;
  std::shared_ptr<net::Channel> channel_;
  asio::steady_timer reconnect_timer_;
  asio::steady_timer status_timer_;
  std::chrono::milliseconds reconnect_pause_;
  std::chrono::steady_clock::time_point connected_at_;
  std::optional<std::chrono::steady_clock::time_point> warned_at_;  ///< That the server cannot be reached.
  std::optional<Error> failure_;
  bool was_connected_ = false;  ///< At any time.
  bool stopping_ = false;
};

}  // namespace blitzen::client
