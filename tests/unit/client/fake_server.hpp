// A server that says just what a test tells it to.
#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/shared_bytes.hpp"
#include "net/acceptor.hpp"
#include "net/channel.hpp"
#include "proto/codec.hpp"
#include "proto/packets.hpp"

namespace blitzen::client {

/// A decoded packet, and the bytes its views show.
template <class P>
struct Received {
  base::SharedBytes body;
  P packet;
  const P* operator->() const { return &packet; }
};

/// A result, taken out of its batch.
struct Finished {
  proto::AttemptId id;
  proto::Finish finish{};
  std::vector<std::byte> content;
};

/// Listens on loopback and serves one client at a time. What the client says waits in an inbox.
class FakeServer {
 public:
  explicit FakeServer(std::optional<net::ClusterKey> key = {}, std::uint16_t port = 0, std::uint64_t epoch = 0);
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer();

  [[nodiscard]] std::uint16_t port() const { return acceptor_.port(); }
  [[nodiscard]] asio::io_context& io() { return io_; }

  /// Runs the event loop until `condition` holds; fails the test when that takes too long.
  void wait_until(const std::function<bool()>& condition);

  /// Waits for the next client and says what its Hello says.
  proto::Hello wait_for_client();

  template <class P>
  void say(const P& packet) {
    channel_->send(packet);
  }

  /// Waits for the next packet of this kind and takes it; other kinds stay in the inbox.
  template <class P>
  Received<P> take() {
    INFO("waiting for packet number " << static_cast<int>(P::number));
    wait_until([&] { return waiting<P>() > 0 || !connected(); });
    const auto found = std::find_if(inbox_.begin(), inbox_.end(), is<P>);
    if (found == inbox_.end()) FAIL("the client closed the channel");
    Received<P> received{found->body, {}};
    inbox_.erase(found);
    proto::decode(received.body.bytes(), received.packet);
    return received;
  }
  /// Packets of this kind that arrived and were not taken.
  template <class P>
  [[nodiscard]] std::size_t waiting() const {
    return static_cast<std::size_t>(std::count_if(inbox_.begin(), inbox_.end(), is<P>));
  }

  /// The next result, however results are batched.
  Finished take_finished();

  [[nodiscard]] bool connected() const { return channel_ != nullptr; }
  /// Waits until the channel is closed and says why.
  net::CloseReason closed();
  /// Says goodbye to the client.
  void dismiss(proto::GoodbyeReason reason, const std::string& sentence) { channel_->close(reason, sentence); }
  /// Closes the connection without a word, and does not wait for anything.
  void hang_up();
  /// The same, and waits until it is closed; a client may come back.
  void vanish();
  /// Waits until a client tries to connect, without letting it in.
  void wait_for_knock() const;

 private:
  class Inbox;
  struct Letter {
    proto::PacketNumber number;
    base::SharedBytes body;
  };
  template <class P>
  static bool is(const Letter& letter) {
    return letter.number == P::number;
  }
  [[nodiscard]] static net::AcceptorOptions make_options(std::optional<net::ClusterKey> key, std::uint16_t port,
                                                         std::uint64_t epoch);

  asio::io_context io_{1};
  std::shared_ptr<Inbox> listener_;
  std::shared_ptr<net::Channel> channel_;
  std::optional<net::CloseReason> closed_;
  std::deque<Letter> inbox_;
  std::deque<Finished> finished_;
  net::Acceptor acceptor_;
};

}  // namespace blitzen::client
