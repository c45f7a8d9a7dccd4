// Connects to a server and hands over a channel whose TLS and Hello are done.
#pragma once

#include <asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "blitzen/compression.hpp"
#include "net/channel.hpp"
#include "net/cluster_key.hpp"

namespace blitzen::net {

struct ConnectorOptions {
  std::string server;  ///< Host name or address; IPv6 with or without brackets.
  std::uint16_t port = 50000;
  std::optional<ClusterKey> key;  ///< None: no encryption; only allowed when the server is on loopback.
  std::string key_file{};         ///< Where it is from, for whoever has to be told that the server's is another.
  proto::Hello hello;             ///< What this side says about itself; versions, limits and compression are filled in.
  Compression compression = Compression::automatic;
  /// How long to go on trying while the server cannot be reached; zero: once; none: for ever.
  /// A wrong key, another protocol or version ends the attempt at once.
  std::optional<std::chrono::milliseconds> patience = std::chrono::seconds{10};
  /// Whether the server was there before. What says nothing Blitzen knows there is tried again, then: it may be frozen.
  bool was_there = false;
  /// Pause between attempts: doubles from here ...
  std::chrono::milliseconds backoff_first{100};
  /// ... to here, with up to 20 % jitter from `jitter_seed`.
  std::chrono::milliseconds backoff_last{2000};
  std::uint64_t jitter_seed = 0;
  ChannelTiming timing;
};

/// Calls exactly one of its callbacks, once, from the thread that runs `io`; none after cancel() or destruction.
class Connector {
 public:
  using OnChannel = std::function<void(std::shared_ptr<Channel>)>;
  using OnFailure = std::function<void(const Error&)>;
  /// Told about each failed attempt that will be followed by another, for the log.
  using OnRetry = std::function<void(const std::string& sentence, std::chrono::milliseconds pause)>;

  Connector(asio::io_context& io, ConnectorOptions options, OnChannel on_channel, OnFailure on_failure,
            OnRetry on_retry);
  Connector(const Connector&) = delete;
  Connector& operator=(const Connector&) = delete;
  ~Connector();
  void cancel();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace blitzen::net
