// One connection to a peer: encryption, framing, fragments, heartbeats, coalesced writes.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/error.hpp"
#include "net/body_in_pieces.hpp"
#include "proto/limits.hpp"
#include "proto/packets.hpp"

namespace blitzen::net {

/// Why a channel closed, as one sentence that says what to do.
struct CloseReason {
  ErrorCode code = ErrorCode::connection_lost;
  bool orderly = false;                           ///< The peer said Goodbye{stopping} or {pausing}, or we did.
  std::optional<proto::GoodbyeReason> goodbye{};  ///< Of the Goodbye that ended it, ours or the peer's; if any.
  std::string sentence;

  /// Nobody need try to come back.
  [[nodiscard]] bool is_final() const { return goodbye && *goodbye != proto::GoodbyeReason::pausing; }
};

/// How long things may take. The defaults are the protocol's; tests shorten them.
struct ChannelTiming {
  std::chrono::milliseconds heartbeat_interval = proto::heartbeat_interval;
  std::chrono::milliseconds silence_max = proto::silence_max;
  std::chrono::milliseconds handshake_max = proto::handshake_max;
  std::chrono::milliseconds farewell_max = proto::farewell_max;
};

class Channel;

/// Told what arrives. All calls come from the thread that runs the channel's io_context, never from inside send().
class ChannelListener {
 public:
  virtual ~ChannelListener() = default;
  /// A whole packet: `body` without frame headers, fragments put together. Hello, Goodbye and Heartbeat are handled by
  /// the channel itself and not told. Throwing proto::DecodeError closes the channel with Goodbye{protocol_error}.
  virtual void packet_arrived(Channel& channel, proto::PacketNumber number, base::SharedBytes body) = 0;
  /// After all packets that came in one read were told: the moment to act on them as one batch.
  virtual void batch_ended(Channel& channel) = 0;
  /// Anything was heard, also a heartbeat.
  virtual void peer_heard(Channel& channel) = 0;
  /// Everything that was queued has been handed to the kernel: the moment to queue more.
  virtual void queue_drained(Channel&) {}
  /// The last call for this channel.
  virtual void channel_closed(Channel& channel, const CloseReason& reason) = 0;
};

/// An open channel: TLS is up and both Hellos were accepted. Made by Acceptor and Connector.
/// Lives on one io_context that one thread runs at a time; not thread-safe. Writes are gathered and flushed once per
/// turn of the event loop, small packets before the fragments of large ones.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  virtual ~Channel() = default;

  /// What the peer said about itself.
  [[nodiscard]] virtual const proto::Hello& peer() const = 0;
  /// "192.168.1.7:50000"
  [[nodiscard]] virtual std::string peer_address() const = 0;
  /// Whether both sides agreed to compress what pays.
  [[nodiscard]] virtual bool compressed() const = 0;

  /// Who is told from now on. Set it before returning from the callback that handed the channel over.
  virtual void listen(std::weak_ptr<ChannelListener> listener) = 0;

  /// Encodes and queues a packet. One larger than a frame travels in fragments. Throws Error{too_large} for one larger
  /// than the peer accepts. After close it does nothing.
  template <class Packet>
  void send(const Packet& packet);
  /// The same, where parts of `packet` may be views of `payload`: if that is large, it is shared and not copied.
  template <class Packet>
  void send(const Packet& packet, const base::SharedBytes& payload);
  /// The same for a body that is already encoded, such as a BatchWriter's.
  void send_body(proto::PacketNumber number, std::span<const std::byte> body);

  /// What is sent from now on waits for flush(), which writes it at once instead of at the end of the turn.
  virtual void hold() = 0;
  virtual void flush() = 0;

  /// Reads nothing more until it is told to go on, so that the peer has to wait.
  virtual void hold_reading(bool held) = 0;

  /// Bytes queued and not yet handed to the kernel.
  [[nodiscard]] virtual std::size_t unsent_bytes() const = 0;

  /// Says Goodbye, flushes with a deadline, closes; channel_closed follows (orderly for GoodbyeReason::stopping).
  virtual void close(proto::GoodbyeReason reason, const std::string& sentence) = 0;
  /// Closes at once without a word; channel_closed follows.
  virtual void abort() = 0;

 protected:
  /// Where to append the next packet's body; null when nothing can be sent any more.
  [[nodiscard]] virtual std::vector<std::byte>* begin_packet() = 0;
  /// Queues what was appended since begin_packet(). Throws Error{too_large}.
  virtual void end_packet(proto::PacketNumber number) = 0;
  /// Forgets what was appended since begin_packet().
  virtual void discard_packet() noexcept = 0;
  /// Queues a packet in pieces, or does nothing when nothing can be sent any more. Throws Error{too_large}.
  virtual void send_pieces(proto::PacketNumber number, BodyInPieces&& body) = 0;
};

}  // namespace blitzen::net

#include "net/channel_send.hpp"
