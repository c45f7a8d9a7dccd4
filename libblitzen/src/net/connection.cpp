#include "net/connection.hpp"

#include <algorithm>
#include <array>
#include <asio/post.hpp>
#include <utility>

#include "base/seconds_text.hpp"
#include "net/goodbye.hpp"
#include "proto/codec.hpp"

namespace blitzen::net {
namespace {

/// Read or written before other connections of the same thread get their turn.
constexpr std::size_t turn_bytes_max = 512 * 1024;

bool is_orderly(proto::GoodbyeReason reason) {
  return reason == proto::GoodbyeReason::stopping || reason == proto::GoodbyeReason::pausing;
}

ErrorCode code_of(proto::GoodbyeReason reason) {
  switch (reason) {
    case proto::GoodbyeReason::version_mismatch:
      return ErrorCode::version_mismatch;
    case proto::GoodbyeReason::needs_key:
      return ErrorCode::wrong_key;
    case proto::GoodbyeReason::taken_over:
      return ErrorCode::job_taken_over;
    case proto::GoodbyeReason::job_unknown:
      return ErrorCode::job_unknown;
    case proto::GoodbyeReason::job_exists:
      return ErrorCode::job_exists;
    default:
      return ErrorCode::connection_lost;
  }
}

}  // namespace

Connection::Connection(Stream stream, std::shared_ptr<const TlsContext> tls, const proto::Hello& ours,
                       proto::Hello peer, std::string peer_address, const ChannelTiming& timing)
    : tls_(std::move(tls)),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      peer_address_(std::move(peer_address)),
      compressed_(ours.compression && peer_.compression),
      timing_(timing),
      reader_(ours.packet_bytes_max, compressed_),
      queue_(compressed_),
      timer_(stream_.socket().get_executor()),
      heard_(Clock::now()),
      sent_(heard_) {}

void Connection::start() {
  set_timer();
  // TLS may have read ahead of the handshake, so the first read must not wait for the socket.
  asio::post(stream_.socket().get_executor(), [self = self()] { self->read(); });
}

// Reading

void Connection::read() {
  if (state_ == State::closed) return;
  if (reading_held_) {
    read_due_ = true;
    return;
  }
  const IoResult result = fill();
  if (std::exchange(told_, false)) {
    if (const auto listener = listener_.lock()) listener->batch_ended(*this);
  }
  if (state_ == State::closed) return;
  switch (result.state) {
    case IoState::done:
      return asio::post(stream_.socket().get_executor(), [self = self()] { self->read(); });
    case IoState::wait_read:
    case IoState::wait_write:
      return wait_to_read(result.state);
    case IoState::ended:
      return lose(peer_address_ + " closed the connection without a goodbye");
    case IoState::failed:
      return lose("the connection to " + peer_address_ + " broke (" + result.problem + ")");
  }
}

/// Reads until nothing is left to read or others shall have their turn. What came is told as one batch.
IoResult Connection::fill() {
  const bool encrypted = stream_.encrypted();
  std::size_t bytes = 0;
  while (true) {
    const std::span<std::byte> room = reader_.room();
    IoResult result = stream_.read(room);
    if (result.state != IoState::done) return result;
    if (bytes == 0) hear();
    bytes += result.bytes;
    reader_.added(result.bytes);
    deliver();
    // A little that comes may have been compressed from a lot, and takes as long.
    bytes += reader_.take_decompressed_bytes();
    if (state_ == State::closed || bytes >= turn_bytes_max || reading_held_) return result;
    // Without encryption a short read has emptied the socket; asking again would cost a system call to learn that.
    if (!encrypted && result.bytes < room.size()) return {.state = IoState::wait_read};
  }
}

void Connection::hold_reading(bool held) {
  reading_held_ = held;
  if (held || !std::exchange(read_due_, false)) return;
  asio::post(stream_.socket().get_executor(), [self = self()] { self->read(); });
}

void Connection::hear() {
  heard_ = Clock::now();
  if (state_ != State::open) return;
  if (const auto listener = listener_.lock()) listener->peer_heard(*this);
}

void Connection::deliver() {
  const auto listener = listener_.lock();
  if (!listener) return abort();
  try {
    Packet packet;
    while (state_ == State::open && reader_.next(packet)) take(*listener, packet);
  } catch (const proto::DecodeError& error) {
    close(proto::GoodbyeReason::protocol_error,
          "what " + peer_address_ + " sent cannot be understood: " + error.what() + "; update the older program");
  }
  // Once goodbye is said, what still comes is of no interest.
  if (state_ == State::farewell || state_ == State::hung_up) reader_ = PacketReader{};
}

void Connection::take(ChannelListener& listener, Packet& packet) {
  switch (packet.number) {
    case proto::PacketNumber::heartbeat: {
      proto::Heartbeat nothing;
      return proto::decode(packet.body.bytes(), nothing);
    }
    case proto::PacketNumber::goodbye:
      return goodbye_arrived(packet.body);
    case proto::PacketNumber::hello:
      throw proto::DecodeError("a second Hello");
    default:
      break;
  }
  told_ = true;
  listener.packet_arrived(*this, packet.number, std::move(packet.body));
}

void Connection::goodbye_arrived(const base::SharedBytes& body) {
  proto::Goodbye goodbye = read_goodbye(body.bytes());
  stream_.end_writing();
  finish({.code = code_of(goodbye.reason),
          .orderly = is_orderly(goodbye.reason),
          .goodbye = goodbye.reason,
          .sentence = std::move(goodbye.sentence)});
}

void Connection::wait_to_read(IoState state) {
  const auto read_unless_closed = [self = self()](const asio::error_code& error, std::size_t = 0) {
    if (error != asio::error::operation_aborted) self->read();
  };
  if (state == IoState::wait_write) {
    return stream_.socket().async_wait(asio::ip::tcp::socket::wait_write, read_unless_closed);
  }
  // A peek waits like async_wait(), which would tell the kernel each time anew what to wait for.
  stream_.socket().async_receive(asio::buffer(peeked_), asio::ip::tcp::socket::message_peek, read_unless_closed);
}

// Writing

std::vector<std::byte>* Connection::begin_packet() { return state_ == State::open ? &queue_.begin() : nullptr; }

void Connection::end_packet(proto::PacketNumber number) {
  const std::size_t bytes = queue_.begun_bytes();
  if (bytes > peer_.packet_bytes_max) {
    queue_.discard();
    throw too_large(bytes);
  }
  queue_.commit(number);
  request_flush();
}

void Connection::discard_packet() noexcept { queue_.discard(); }

void Connection::send_pieces(proto::PacketNumber number, BodyInPieces&& body) {
  if (state_ != State::open) return;
  if (body.size() > peer_.packet_bytes_max) throw too_large(body.size());
  queue_.push(number, std::move(body));
  request_flush();
}

Error Connection::too_large(std::size_t packet_bytes) const {
  return Error(ErrorCode::too_large, "a packet of " + std::to_string(packet_bytes) + " bytes is more than " +
                                         peer_address_ + " accepts (" + std::to_string(peer_.packet_bytes_max) +
                                         "): pass less data, or the name of a file");
}

void Connection::request_flush() {
  if (flush_requested_ || writing_) return;
  flush_requested_ = true;
  asio::post(stream_.socket().get_executor(), [self = self()] { self->flush(); });
}

void Connection::flush() {
  flush_requested_ = false;
  if (state_ == State::closed || state_ == State::hung_up || writing_) return;
  std::size_t bytes = 0;
  while (bytes < turn_bytes_max) {
    const PacketQueue::Pieces next = queue_.next_pieces();
    const bool all_written = next.front().empty();
    const IoResult result = all_written ? stream_.flush() : stream_.write(next);
    if (result.state == IoState::wait_read || result.state == IoState::wait_write) return wait_to_write(result.state);
    if (result.state != IoState::done) {
      return lose("the connection to " + peer_address_ + " broke (" + result.problem + ")");
    }
    if (all_written) {
      if (std::exchange(drain_due_, false)) drained();
      return;
    }
    if (bytes == 0) sent_ = Clock::now();
    bytes += result.bytes;
    queue_.consumed(result.bytes);
    drain_due_ = true;
  }
  request_flush();
}

void Connection::wait_to_write(IoState state) {
  const auto what = state == IoState::wait_read ? asio::ip::tcp::socket::wait_read : asio::ip::tcp::socket::wait_write;
  writing_ = true;
  stream_.socket().async_wait(what, [self = self()](const asio::error_code& error) {
    self->writing_ = false;
    if (!error) self->flush();
  });
}

void Connection::drained() {
  if (state_ == State::farewell) return hang_up();
  if (const auto listener = listener_.lock()) listener->queue_drained(*this);
}

// Time

Connection::Clock::time_point Connection::next_due(Clock::time_point now) const {
  if (state_ != State::open) return hang_up_by_;
  const auto last = queue_.bytes() == 0 ? sent_ : now;
  return std::min(last + timing_.heartbeat_interval, heard_ + timing_.silence_max);
}

void Connection::set_timer() {
  timer_.expires_at(next_due(Clock::now()));
  timer_.async_wait([self = self()](const asio::error_code& error) {
    if (!error) self->check_time();
  });
}

void Connection::check_time() {
  if (state_ == State::closed) return;
  const auto now = Clock::now();
  const bool unsent = queue_.bytes() != 0;
  if (state_ != State::open) {
    if (now >= hang_up_by_) return lose(goodbye_->sentence);
  } else if (now - heard_ >= timing_.silence_max) {
    // What came while this process was stopped has not been read yet, but it counts.
    std::array<std::byte, 1> ignored{};
    if (stream_.peek(ignored).state == IoState::wait_read) {
      return lose(peer_address_ + " went silent for " + base::seconds_text(timing_.silence_max));
    }
    heard_ = now;
  } else if (unsent && now - sent_ >= timing_.silence_max) {
    return lose(peer_address_ + " has taken no data for " + base::seconds_text(timing_.silence_max));
  } else if (!unsent && now - sent_ >= timing_.heartbeat_interval) {
    send(proto::Heartbeat{});
  }
  set_timer();
}

// The end

void Connection::close(proto::GoodbyeReason reason, const std::string& sentence) {
  if (state_ != State::open) return;
  state_ = State::farewell;
  goodbye_ = proto::Goodbye{.reason = reason, .sentence = sentence};
  hang_up_by_ = Clock::now() + timing_.farewell_max;
  set_timer();
  if (queue_.bytes() == 0) hang_up();
}

/// Everything before Goodbye is sent: it would overtake large packets otherwise.
void Connection::hang_up() {
  if (!goodbye_queued_) {
    goodbye_queued_ = true;
    proto::encode(*goodbye_, queue_.begin());
    queue_.commit(proto::PacketNumber::goodbye);
    return request_flush();
  }
  state_ = State::hung_up;
  stream_.end_writing();
}

void Connection::abort() { finish({.sentence = "the connection to " + peer_address_ + " was cut from this side"}); }

void Connection::lose(const std::string& sentence) {
  if (!goodbye_) return finish({.sentence = sentence});
  const bool orderly = is_orderly(goodbye_->reason) && state_ == State::hung_up;
  finish({.orderly = orderly, .goodbye = goodbye_->reason, .sentence = goodbye_->sentence});
}

void Connection::finish(CloseReason reason) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  timer_.cancel();
  stream_.close();
  asio::post(timer_.get_executor(), [self = self(), reason = std::move(reason)] {
    if (const auto listener = self->listener_.lock()) listener->channel_closed(*self, reason);
  });
}

}  // namespace blitzen::net
