// A real server on loopback, and drivers and clients that say just what a test tells them to.
#pragma once

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/server.hpp"
#include "net/channel.hpp"
#include "net/cluster_key.hpp"
#include "net/connector.hpp"
#include "proto/codec.hpp"
#include "proto/packets.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::server {

using blitzen::testing::TemporaryDirectory;

/// A decoded packet, and the bytes its views show.
template <class P>
struct Received {
  base::SharedBytes body;
  P packet;
  const P* operator->() const { return &packet; }
};

/// A driver or client under the test's control. What the server says to it waits in an inbox.
class Peer final : public net::ChannelListener {
 public:
  explicit Peer(asio::io_context& io) : io_(io) {}

  template <class P>
  void say(const P& packet) {
    channel_->send(packet);
  }

  /// Waits for the next packet of this kind and takes it; other kinds stay in the inbox. Fails the test when none
  /// comes.
  template <class P>
  Received<P> take() {
    INFO("waiting for packet number " << static_cast<int>(P::number));
    const auto wanted = [](const Letter& letter) { return letter.number == P::number; };
    wait_until([&] { return std::any_of(inbox_.begin(), inbox_.end(), wanted) || closed_; });
    const auto found = std::find_if(inbox_.begin(), inbox_.end(), wanted);
    if (found == inbox_.end()) FAIL("the server closed the channel: " << closed_->sentence);
    Received<P> received{found->body, {}};
    inbox_.erase(found);
    proto::decode(received.body.bytes(), received.packet);
    return received;
  }

  /// Packets of this kind that arrived and were not taken.
  template <class P>
  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(
        std::count_if(inbox_.begin(), inbox_.end(), [](const Letter& letter) { return letter.number == P::number; }));
  }

  /// Waits until the kernel has what was said, or the channel is closed.
  void wait_until_sent() {
    wait_until([this] { return channel_->unsent_bytes() == 0 || closed_; });
  }
  /// Waits until the channel is closed and says why.
  net::CloseReason closed();
  /// Goes away without a word, as if killed.
  void vanish() { channel_->abort(); }
  void leave() { channel_->close(proto::GoodbyeReason::stopping, "the test is over"); }
  [[nodiscard]] const proto::Hello& server() const { return channel_->peer(); }

  void wait_until(const std::function<bool()>& condition);
  void attach(std::shared_ptr<net::Channel> channel, const std::shared_ptr<Peer>& self);

 private:
  struct Letter {
    proto::PacketNumber number;
    base::SharedBytes body;
  };

  void packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) override {
    inbox_.push_back({number, std::move(body)});
  }
  void batch_ended(net::Channel&) override {}
  void peer_heard(net::Channel&) override {}
  void channel_closed(net::Channel&, const net::CloseReason& reason) override { closed_ = reason; }

  asio::io_context& io_;
  std::shared_ptr<net::Channel> channel_;
  std::deque<Letter> inbox_;
  std::optional<net::CloseReason> closed_;
};

/// An attempt at a task, as its client sees it.
struct Attempt {
  proto::AttemptId id;
  std::string arguments;
  std::uint32_t function = 0;
  std::uint64_t timeout_ns = 0;
};

struct Outcome {
  std::uint64_t number = 0;
  proto::Outcome outcome{};
  std::string content;
  proto::Failure failure;  ///< When the outcome is not a value.
};

/// What a driver that can come back says of itself.
struct Returning {
  proto::SessionId session{};
  std::uint64_t first_task = 0;
  std::string job{};
  bool attach = false;
};

/// A peer of the server that listens on this port of loopback.
std::shared_ptr<Peer> join_server(asio::io_context& io, std::uint16_t port, std::optional<net::ClusterKey> key,
                                  proto::Role role, std::uint32_t slots = 0, const Returning& driver = {},
                                  bool claims = false);

class ClusterRig {
 public:
  /// `options` may be anything but where to listen, key file and cache directory.
  explicit ClusterRig(ServerOptions options = {});

  [[nodiscard]] Server& server() { return server_; }

  std::shared_ptr<Peer> join_driver(const Returning& driver = {}) { return join(proto::Role::driver, 0, io_, driver); }
  /// A driver with function 0 defined.
  std::shared_ptr<Peer> join_driver_with_function(const std::string& name = "f");
  std::shared_ptr<Peer> join_client(std::uint32_t slots = 1) { return join(proto::Role::client, slots, io_); }
  /// A client that lost its connection before, and will say what it claims.
  std::shared_ptr<Peer> join_claiming_client() { return join(proto::Role::client, 1, io_, {}, true); }
  /// A client that reads only while the test waits for it, not while the test waits for others.
  std::shared_ptr<Peer> join_slow_client(std::uint32_t slots) { return join(proto::Role::client, slots, slow_io_); }

  /// The next attempts the client is given, as many as `count`, however they are batched.
  std::vector<Attempt> take_attempts(Peer& client, std::size_t count);
  Attempt take_attempt(Peer& client) { return take_attempts(client, 1).front(); }
  std::vector<Outcome> take_outcomes(Peer& driver, std::size_t count);
  Outcome take_outcome(Peer& driver) { return take_outcomes(driver, 1).front(); }

 private:
  std::shared_ptr<Peer> join(proto::Role role, std::uint32_t slots, asio::io_context& io, const Returning& driver = {},
                             bool claims = false) {
    return join_server(io, server_.port(), net::load_key(directory_.path() / key_file_name), role, slots, driver,
                       claims);
  }
  [[nodiscard]] ServerOptions complete(ServerOptions options) const;

  static constexpr const char* key_file_name = "cluster.key";

  TemporaryDirectory directory_;
  Server server_;
  asio::io_context io_{1};
  asio::io_context slow_io_{1};
};

/// A driver submits tasks `first` to `first + count - 1` of its function 0, with these arguments.
void submit(Peer& driver, std::uint64_t first, std::size_t count = 1, std::string_view arguments = "arguments",
            const proto::SubmittedTask& like = {});
void finish(Peer& client, const proto::AttemptId& attempt, std::string_view result,
            proto::Finish how = proto::Finish::value);

[[nodiscard]] proto::Function named_function(std::uint32_t index, const std::string& name);

}  // namespace blitzen::server
