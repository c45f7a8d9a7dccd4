// Listens for peers and hands over channels whose TLS and Hello are done.
#pragma once

#include <asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "blitzen/compression.hpp"
#include "net/channel.hpp"
#include "net/cluster_key.hpp"

namespace blitzen::net {

struct AcceptorOptions {
  std::string address = "0.0.0.0";  ///< IPv4 or IPv6 address to bind.
  std::uint16_t port = 50000;       ///< 0: any free one.
  std::optional<ClusterKey> key;    ///< None: no encryption; only allowed when `address` is loopback.
  proto::Hello hello;  ///< What this side says about itself; versions, limits and compression are filled in.
  Compression compression = Compression::automatic;
  ChannelTiming timing;
  /// Peers that may be shaking hands at once. When one more comes, the oldest is dropped: honest ones take
  /// milliseconds.
  std::size_t handshakes_max = proto::unauthenticated_connections_max;
};

/// Throws Error when the address cannot be bound (the sentence says who may hold it) or `--insecure` is not allowed.
class Acceptor {
 public:
  using OnChannel = std::function<void(std::shared_ptr<Channel>)>;
  /// `on_refused` gets a sentence for the log about each peer that did not make it.
  using OnRefused = std::function<void(const std::string& sentence)>;

  Acceptor(asio::io_context& io, AcceptorOptions options, OnChannel on_channel, OnRefused on_refused);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();

  [[nodiscard]] std::uint16_t port() const;
  /// Stops listening and drops peers that are still shaking hands. Open channels live on.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace blitzen::net
