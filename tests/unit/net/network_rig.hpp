// Acceptors, connectors and peers of no good will, all on loopback and on one event loop.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/acceptor.hpp"
#include "net/connector.hpp"

namespace blitzen::net {

/// A key whose bytes are all `fill`.
[[nodiscard]] ClusterKey test_key(unsigned char fill = 7);

[[nodiscard]] std::vector<std::byte> to_bytes(std::string_view text);

/// The body's bytes after a frame header.
[[nodiscard]] std::vector<std::byte> frame(proto::PacketNumber number, std::span<const std::byte> body);
[[nodiscard]] std::vector<std::byte> hello_frame(const proto::Hello& hello);

/// Keeps what a channel tells.
class Witness : public ChannelListener {
 public:
  struct Arrival {
    proto::PacketNumber number;
    base::SharedBytes body;
  };

  void packet_arrived(Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(Channel&) override { ++batches; }
  void peer_heard(Channel&) override { ++heard; }
  void queue_drained(Channel&) override { ++drained; }
  void channel_closed(Channel&, const CloseReason& reason) override { closed = reason; }

  std::vector<Arrival> packets;
  std::size_t batches = 0;
  std::size_t heard = 0;
  std::size_t drained = 0;
  std::optional<CloseReason> closed;
  std::function<void(Channel&)> on_packet;  ///< Called for each packet, if set.
};

/// A socket that speaks for itself: what the test tells it, no more.
class RawPeer {
 public:
  explicit RawPeer(asio::io_context& io) : socket(io) {}
  /// Reads until the other side hangs up.
  void read_all();
  /// Hangs up.
  void close();

  asio::ip::tcp::socket socket;
  std::vector<std::byte> received;
  bool ended = false;

 private:
  void read_more();
  std::array<std::byte, 4096> buffer_{};
};

/// Both ends of things. run_until() fails the test when something does not happen at all; no test waits for time.
class NetworkRig {
 public:
  asio::io_context io;
  ChannelTiming timing;
  Compression server_compression = Compression::automatic;
  Compression client_compression = Compression::automatic;
  std::shared_ptr<Witness> server_witness = std::make_shared<Witness>();
  std::shared_ptr<Witness> client_witness = std::make_shared<Witness>();
  std::shared_ptr<Channel> server;  ///< The server's end of the last channel.
  std::shared_ptr<Channel> client;  ///< The other end.
  std::vector<std::string> refusals;
  std::optional<Error> failure;
  std::vector<std::string> retries;
  std::unique_ptr<Acceptor> acceptor;
  std::unique_ptr<Connector> connector;

  ~NetworkRig();

  void run_until(const std::function<bool()>& done);

  [[nodiscard]] AcceptorOptions acceptor_options(std::optional<ClusterKey> key) const;
  [[nodiscard]] ConnectorOptions connector_options(std::optional<ClusterKey> key, std::uint16_t port) const;
  void accept(AcceptorOptions options);
  void connect(ConnectorOptions options);

  /// Acceptor, connector and both channels.
  void join(const std::optional<ClusterKey>& key);
  /// The connector's failure against whatever listens on `port`.
  [[nodiscard]] Error fail_to_connect(const std::optional<ClusterKey>& key, std::uint16_t port);

  /// A raw socket connected to the acceptor.
  [[nodiscard]] std::shared_ptr<RawPeer> raw_client();
  /// The same to an acceptor without encryption, after it has taken the raw client's Hello.
  [[nodiscard]] std::shared_ptr<RawPeer> raw_client_past_hello(bool compression = false);
  /// Listens on a free port and hands each connection to `on_peer`.
  [[nodiscard]] std::uint16_t raw_server(std::function<void(std::shared_ptr<RawPeer>)> on_peer);

 private:
  void accept_raw();
  std::optional<asio::ip::tcp::acceptor> raw_acceptor_;
  std::function<void(std::shared_ptr<RawPeer>)> on_raw_peer_;
  std::vector<std::shared_ptr<RawPeer>> raw_peers_;
};

}  // namespace blitzen::net
