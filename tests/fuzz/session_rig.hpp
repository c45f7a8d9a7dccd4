// A broker whose peers, clock and event loop are the fuzzer's.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/channel.hpp"
#include "proto/codec.hpp"
#include "proto/packets.hpp"
#include "server/broker.hpp"
#include "server/event_loop.hpp"

namespace blitzen::fuzz {

/// Time passes when it is told to.
class SteppedLoop final : public server::EventLoop {
 public:
  [[nodiscard]] core::TimePoint now() const override { return now_; }
  void post(std::function<void()> function) override;
  [[nodiscard]] std::unique_ptr<server::Timer> make_timer(std::function<void()> expired) override;

  /// Calls what was posted and is due, until nothing is.
  void run();
  void pass(core::Duration time) { now_ += time; }

 private:
  class SteppedTimer;

  [[nodiscard]] bool run_posted();
  [[nodiscard]] bool run_expired();

  core::TimePoint now_{std::chrono::hours{1}};
  std::deque<std::function<void()>> posted_;
  std::set<SteppedTimer*> timers_;
};

/// What the broker says is read as its peer would, and must make sense.
class FakeChannel final : public net::Channel {
 public:
  explicit FakeChannel(proto::Hello peer) : peer_(std::move(peer)) {}

  [[nodiscard]] const proto::Hello& peer() const override { return peer_; }
  [[nodiscard]] std::string peer_address() const override { return "192.0.2.1:50000"; }
  [[nodiscard]] bool compressed() const override { return false; }
  void listen(std::weak_ptr<net::ChannelListener>) override {}
  void hold() override {}
  void flush() override {}
  void hold_reading(bool) override {}
  [[nodiscard]] std::size_t unsent_bytes() const override { return clogged ? std::size_t{1} << 40U : 0; }
  void close(proto::GoodbyeReason reason, const std::string& sentence) override;
  void abort() override;

  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] const net::CloseReason& reason() const { return reason_; }
  /// Attempts it was given, as a client.
  [[nodiscard]] const std::vector<proto::AttemptId>& attempts() const { return attempts_; }

  bool clogged = false;  ///< Nothing leaves.

 private:
  [[nodiscard]] std::vector<std::byte>* begin_packet() override { return closed_ ? nullptr : &body_; }
  void end_packet(proto::PacketNumber number) override;
  void discard_packet() noexcept override { body_.clear(); }
  void send_pieces(proto::PacketNumber number, net::BodyInPieces&& body) override;

  void read_as_driver(proto::PacketNumber number);
  void read_as_client(proto::PacketNumber number);

  proto::Hello peer_;
  std::vector<std::byte> body_;
  std::vector<proto::AttemptId> attempts_;
  std::set<std::uint64_t> outcomes_;  ///< The tasks whose outcome was told.
  bool closed_ = false;
  net::CloseReason reason_;
};

/// Peers come and go; a packet that makes no sense ends its connection, as it does in a real server.
class SessionRig {
 public:
  SessionRig();
  ~SessionRig();
  SessionRig(const SessionRig&) = delete;
  SessionRig& operator=(const SessionRig&) = delete;

  void connect(const proto::Hello& hello);
  /// Null if there is none. Any number will do.
  [[nodiscard]] FakeChannel* peer(std::uint8_t number) const;
  void say(FakeChannel& from, proto::PacketNumber number, std::span<const std::byte> body);
  template <class Packet>
  void say(FakeChannel& from, const Packet& packet) {
    std::vector<std::byte> body;
    proto::encode(packet, body);
    say(from, Packet::number, body);
  }
  void drained(FakeChannel& channel) { listener().queue_drained(channel); }
  void pass(core::Duration time) { loop_.pass(time); }
  /// Ends the turn and tells of connections that ended.
  void settle();
  /// Looks whether all is well, which takes longer than most steps.
  void check() const { broker_->check_invariants(); }

 private:
  [[nodiscard]] net::ChannelListener& listener() const { return *broker_; }

  SteppedLoop loop_;
  std::shared_ptr<server::Broker> broker_;
  std::vector<std::shared_ptr<FakeChannel>> channels_;
};

}  // namespace blitzen::fuzz
