#include "network_rig.hpp"

#include <algorithm>
#include <asio/write.hpp>
#include <utility>

#include "proto/codec.hpp"
#include "proto/frame.hpp"

namespace blitzen::net {
namespace {

using asio::ip::tcp;

/// Only ever waited for when a test fails.
constexpr std::chrono::seconds patience{30};

}  // namespace

ClusterKey test_key(unsigned char fill) {
  std::array<std::byte, ClusterKey::bytes> secret{};
  secret.fill(std::byte{fill});
  return ClusterKey{secret};
}

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> frame(proto::PacketNumber number, std::span<const std::byte> body) {
  const auto header =
      proto::encode_frame_header({.body_bytes = static_cast<std::uint32_t>(body.size()), .packet = number});
  std::vector<std::byte> bytes(header.size() + body.size());
  std::copy(body.begin(), body.end(), std::copy(header.begin(), header.end(), bytes.begin()));
  return bytes;
}

std::vector<std::byte> hello_frame(const proto::Hello& hello) {
  std::vector<std::byte> body;
  proto::encode(hello, body);
  return frame(proto::PacketNumber::hello, body);
}

void Witness::packet_arrived(Channel& channel, proto::PacketNumber number, base::SharedBytes body) {
  packets.push_back({number, std::move(body)});
  if (on_packet) on_packet(channel);
}

void RawPeer::read_all() { read_more(); }

void RawPeer::read_more() {
  socket.async_read_some(asio::buffer(buffer_), [this](const asio::error_code& error, std::size_t bytes) {
    received.insert(received.end(), buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(bytes));
    ended = ended || static_cast<bool>(error);
    if (!error) read_more();
  });
}

void RawPeer::close() { socket.close(); }

NetworkRig::~NetworkRig() {
  connector.reset();
  acceptor.reset();
}

void NetworkRig::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (io.stopped()) io.restart();
    if (io.run_one_until(deadline) == 0) FAIL("what the test waits for does not happen");
  }
}

AcceptorOptions NetworkRig::acceptor_options(std::optional<ClusterKey> key) const {
  return {.address = "127.0.0.1",
          .port = 0,
          .key = std::move(key),
          .hello = {.epoch = 42},
          .compression = server_compression,
          .timing = timing};
}

ConnectorOptions NetworkRig::connector_options(std::optional<ClusterKey> key, std::uint16_t port) const {
  return {.server = "127.0.0.1",
          .port = port,
          .key = std::move(key),
          .hello = {.role = proto::Role::client, .slots = 3},
          .compression = client_compression,
          .patience = std::chrono::milliseconds{0},
          .timing = timing};
}

void NetworkRig::accept(AcceptorOptions options) {
  acceptor = std::make_unique<Acceptor>(
      io, std::move(options),
      [this](std::shared_ptr<Channel> channel) {
        server = std::move(channel);
        server->listen(server_witness);
      },
      [this](const std::string& sentence) { refusals.push_back(sentence); });
}

void NetworkRig::connect(ConnectorOptions options) {
  connector = std::make_unique<Connector>(
      io, std::move(options),
      [this](std::shared_ptr<Channel> channel) {
        client = std::move(channel);
        client->listen(client_witness);
      },
      [this](const Error& error) { failure = error; },
      [this](const std::string& sentence, std::chrono::milliseconds) { retries.push_back(sentence); });
}

void NetworkRig::join(const std::optional<ClusterKey>& key) {
  accept(acceptor_options(key));
  connect(connector_options(key, acceptor->port()));
  run_until([&] { return (server && client) || failure; });
  if (failure) FAIL(failure->what());
}

Error NetworkRig::fail_to_connect(const std::optional<ClusterKey>& key, std::uint16_t port) {
  connect(connector_options(key, port));
  run_until([&] { return failure || client; });
  REQUIRE(failure);
  return *failure;
}

std::shared_ptr<RawPeer> NetworkRig::raw_client() {
  auto peer = std::make_shared<RawPeer>(io);
  peer->socket.connect({asio::ip::address_v4::loopback(), acceptor->port()});
  raw_peers_.push_back(peer);
  return peer;
}

std::shared_ptr<RawPeer> NetworkRig::raw_client_past_hello(bool compression) {
  accept(acceptor_options({}));
  auto peer = raw_client();
  const proto::Hello hello{.version = 1,
                           .oldest_version = 1,
                           .role = proto::Role::client,
                           .packet_bytes_max = proto::packet_bytes_max,
                           .compression = compression};
  asio::write(peer->socket, asio::buffer(hello_frame(hello)));
  run_until([&] { return server != nullptr; });
  return peer;
}

std::uint16_t NetworkRig::raw_server(std::function<void(std::shared_ptr<RawPeer>)> on_peer) {
  on_raw_peer_ = std::move(on_peer);
  raw_acceptor_.emplace(io, tcp::endpoint{asio::ip::address_v4::loopback(), 0});
  accept_raw();
  return raw_acceptor_->local_endpoint().port();
}

void NetworkRig::accept_raw() {
  auto peer = std::make_shared<RawPeer>(io);
  raw_acceptor_->async_accept(peer->socket, [this, peer](const asio::error_code& error) {
    if (error) return;
    raw_peers_.push_back(peer);
    on_raw_peer_(peer);
    accept_raw();
  });
}

}  // namespace blitzen::net
