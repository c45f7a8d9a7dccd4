// The channel that Acceptor and Connector make: a stream, its packets and its timers.
#pragma once

#include <array>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <optional>

#include "net/channel.hpp"
#include "net/packet_queue.hpp"
#include "net/packet_reader.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"

namespace blitzen::net {

class Connection final : public Channel {
 public:
  /// `tls` is what encrypts the stream, if anything; it lives as long as the connection. `ours` and `peer` are what
  /// both sides said about themselves.
  Connection(Stream stream, std::shared_ptr<const TlsContext> tls, const proto::Hello& ours, proto::Hello peer,
             std::string peer_address, const ChannelTiming& timing);

  /// Begins to read. Called once, after the channel was handed over and has its listener.
  void start();

  [[nodiscard]] const proto::Hello& peer() const override { return peer_; }
  [[nodiscard]] std::string peer_address() const override { return peer_address_; }
  [[nodiscard]] bool compressed() const override { return compressed_; }
  void listen(std::weak_ptr<ChannelListener> listener) override { listener_ = std::move(listener); }
  void hold() override { flush_requested_ = true; }
  void flush() override;
  void hold_reading(bool held) override;
  [[nodiscard]] std::size_t unsent_bytes() const override { return queue_.bytes(); }
  void close(proto::GoodbyeReason reason, const std::string& sentence) override;
  void abort() override;

 protected:
  [[nodiscard]] std::vector<std::byte>* begin_packet() override;
  void end_packet(proto::PacketNumber number) override;
  void discard_packet() noexcept override;
  void send_pieces(proto::PacketNumber number, BodyInPieces&& body) override;

 private:
  using Clock = std::chrono::steady_clock;

  enum class State {
    open,
    farewell,  ///< What was queued and then Goodbye go out; nothing is told any more but the end.
    hung_up,   ///< Everything is sent; waiting for the peer to hang up too.
    closed,
  };

  [[nodiscard]] std::shared_ptr<Connection> self() { return std::static_pointer_cast<Connection>(shared_from_this()); }

  void read();
  [[nodiscard]] IoResult fill();
  void hear();
  void deliver();
  void take(ChannelListener& listener, Packet& packet);
  void goodbye_arrived(const base::SharedBytes& body);
  void wait_to_read(IoState state);

  [[nodiscard]] Error too_large(std::size_t packet_bytes) const;
  void request_flush();
  void wait_to_write(IoState state);
  void drained();

  void set_timer();
  void check_time();
  [[nodiscard]] Clock::time_point next_due(Clock::time_point now) const;

  void hang_up();
  void lose(const std::string& sentence);
  void finish(CloseReason reason);

  std::shared_ptr<const TlsContext> tls_;
  Stream stream_;
  proto::Hello peer_;
  std::string peer_address_;
  bool compressed_;  ///< Both sides like to compress.
  ChannelTiming timing_;
  std::weak_ptr<ChannelListener> listener_;

  State state_ = State::open;
  std::optional<proto::Goodbye> goodbye_;  ///< Ours, from close() on.
  bool goodbye_queued_ = false;
  PacketReader reader_;
  bool told_ = false;  ///< A packet was, since batch_ended() was told.
  std::array<std::byte, 1> peeked_{};
  bool reading_held_ = false;
  bool read_due_ = false;  ///< It was time to read while reading was held.
  PacketQueue queue_;
  bool flush_requested_ = false;
  bool writing_ = false;    ///< Waiting for the socket to take more.
  bool drain_due_ = false;  ///< Something was written since the queue was last told to be drained.

  asio::steady_timer timer_;
  Clock::time_point heard_;
  Clock::time_point sent_;        ///< When the kernel last took bytes.
  Clock::time_point hang_up_by_;  ///< In State::farewell and hung_up.
};

}  // namespace blitzen::net
