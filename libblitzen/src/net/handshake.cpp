#include "net/handshake.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "net/goodbye.hpp"
#include "net/handshake_errors.hpp"
#include "proto/codec.hpp"
#include "proto/limits.hpp"

namespace blitzen::net {
namespace {

// How TLS records start. With a minor version that is not 0 a frame header of these bytes would announce 64 KiB and
// more, which no frame of a handshake does.
constexpr std::byte tls_handshake_record{0x16};
constexpr std::byte tls_alert_record{0x15};
constexpr std::byte tls_major_version{0x03};

/// Read and thrown away from a peer that is being refused, so that closing does not destroy what it has yet to read.
constexpr std::size_t drained_bytes_max = 256 * 1024;

/// As far as there are bytes to tell.
bool starts_tls_record(std::span<const std::byte> bytes, std::byte type) {
  return bytes[0] == type && (bytes.size() < 2 || bytes[1] == tls_major_version) &&
         (bytes.size() < 3 || bytes[2] != std::byte{0});
}

std::vector<std::byte> hello_frame(const proto::Hello& hello) {
  std::vector<std::byte> frame(proto::frame_header_bytes);
  proto::encode(hello, frame);
  const auto body_bytes = static_cast<std::uint32_t>(frame.size() - proto::frame_header_bytes);
  const auto header = proto::encode_frame_header({.body_bytes = body_bytes, .packet = proto::PacketNumber::hello});
  std::copy(header.begin(), header.end(), frame.begin());
  return frame;
}

bool overlap(const proto::HelloVersions& one, const proto::HelloVersions& other) {
  return std::max(one.oldest_version, other.oldest_version) <= std::min(one.version, other.version);
}

}  // namespace

void complete_hello(proto::Hello& hello) {
  if (hello.version == 0) {
    hello.version = proto::protocol_version;
    hello.oldest_version = proto::protocol_version_oldest;
  }
  utsname machine{};
  if (::uname(&machine) == 0) {
    if (hello.architecture.empty()) hello.architecture = static_cast<const char*>(machine.machine);
    if (hello.host.empty()) hello.host = static_cast<const char*>(machine.nodename);
  }
  if (hello.process == 0) hello.process = static_cast<std::uint32_t>(::getpid());
  if (hello.packet_bytes_max == 0) hello.packet_bytes_max = proto::packet_bytes_max;
}

Handshake::Handshake(Stream stream, HandshakeOptions options, OnOpen on_open, OnFailure on_failure)
    : stream_(std::move(stream)),
      options_(std::move(options)),
      on_open_(std::move(on_open)),
      on_failure_(std::move(on_failure)),
      timer_(stream_.socket().get_executor()) {}

void Handshake::start() {
  timer_.expires_at(options_.deadline);
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->expired();
  });
  if (options_.side == Side::client) {
    if (options_.tls != nullptr) stream_.start_tls(*options_.tls);
    enter(Phase::tls);
  } else {
    enter(options_.tls != nullptr ? Phase::recognise : Phase::read_header);
  }
  advance();
}

void Handshake::cancel() {
  over_ = true;
  timer_.cancel();
  stream_.close();
}

void Handshake::wait(IoState state) {
  const auto what = state == IoState::wait_read ? asio::ip::tcp::socket::wait_read : asio::ip::tcp::socket::wait_write;
  stream_.socket().async_wait(what, [self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->advance();
  });
}

void Handshake::advance() {
  while (!over_) {
    const IoResult result = try_phase();
    if (result.state == IoState::wait_read || result.state == IoState::wait_write) return wait(result.state);
    if (result.state != IoState::done) return fail(refusal_ ? *refusal_ : explain(result));
  }
}

IoResult Handshake::try_phase() {
  switch (phase_) {
    case Phase::recognise:
      return recognise();
    case Phase::tls: {
      IoResult result = stream_.shake_hands();
      if (result.state == IoState::done) enter(options_.side == Side::client ? Phase::write_hello : Phase::read_header);
      return result;
    }
    case Phase::write_hello:
      return write_out(options_.side == Side::client ? Phase::read_header : Phase::write_hello);
    case Phase::read_header:
    case Phase::read_body:
      return read_in(phase_);
    case Phase::write_farewell:
      return write_out(Phase::drain);
    case Phase::drain:
      return drain();
  }
  return {.state = IoState::failed};
}

void Handshake::enter(Phase phase) {
  phase_ = phase;
  got_ = 0;
  written_ = 0;
  if (phase == Phase::write_hello) out_ = hello_frame(options_.hello);
  if (phase == Phase::read_header) in_.resize(proto::frame_header_bytes);
  if (phase == Phase::read_body) in_.resize(header_.body_bytes);
  if (phase == Phase::drain) {
    stream_.end_writing();
    in_.resize(proto::hello_bytes_max);
  }
}

/// Costs nothing but a look at a few bytes: a TLS object is made only for a peer that speaks TLS.
IoResult Handshake::recognise() {
  std::array<std::byte, 3> first{};
  IoResult result = stream_.peek(first);
  if (result.state != IoState::done) return result;
  if (starts_tls_record(std::span{first}.first(result.bytes), tls_handshake_record)) {
    stream_.start_tls(*options_.tls);
    enter(Phase::tls);
  } else {
    static const std::vector<std::byte> farewell =
        goodbye_frame(proto::GoodbyeReason::needs_key, "this server has a cluster key: connect with a copy of it");
    refuse(peer_without_key(options_.peer), farewell);
  }
  return result;
}

IoResult Handshake::write_out(Phase next) {
  IoResult result = stream_.write(std::span<const std::byte>{out_}.subspan(written_));
  if (result.state != IoState::done) return result;
  written_ += result.bytes;
  if (written_ < out_.size()) return result;
  if (next == Phase::write_hello) {
    open();
  } else {
    enter(next);
  }
  return result;
}

IoResult Handshake::read_in(Phase phase) {
  if (got_ < in_.size()) {
    IoResult result = stream_.read(std::span<std::byte>{in_}.subspan(got_));
    if (result.state != IoState::done) return result;
    got_ += result.bytes;
    if (got_ < in_.size()) return result;
  }
  try {
    if (phase == Phase::read_header) {
      header_arrived();
    } else {
      body_arrived();
    }
  } catch (const proto::DecodeError& error) {
    refuse(not_blitzen(), goodbye_frame(proto::GoodbyeReason::protocol_error, error.what()));
  }
  return {};
}

void Handshake::header_arrived() {
  if (options_.side == Side::server && starts_tls_record(in_, tls_handshake_record)) {
    return refuse(peer_with_key(options_.peer), insecure_alert());
  }
  if (options_.side == Side::client && starts_tls_record(in_, tls_alert_record)) {
    return fail(server_needs_key(options_.peer));
  }
  header_ = proto::decode_frame_header(std::span<const std::byte, proto::frame_header_bytes>{in_});
  const bool expected = header_.packet == proto::PacketNumber::hello || header_.packet == proto::PacketNumber::goodbye;
  const bool plain = header_.part == proto::FramePart::whole && !header_.compressed;
  if (!expected || !plain || header_.body_bytes > proto::hello_bytes_max) {
    throw proto::DecodeError("the first packet is neither Hello nor Goodbye");
  }
  enter(Phase::read_body);
}

void Handshake::body_arrived() {
  if (header_.packet == proto::PacketNumber::goodbye) {
    goodbye_arrived();
  } else {
    hello_arrived();
  }
}

void Handshake::goodbye_arrived() {
  const proto::Goodbye goodbye = read_goodbye(in_);
  if (options_.side == Side::client) return fail(server_said_goodbye(options_.peer, goodbye));
  fail({ErrorCode::connection_lost, options_.peer + " said goodbye during the handshake: " + goodbye.sentence});
}

void Handshake::hello_arrived() {
  const auto theirs = proto::read_hello_versions(in_);
  if (!theirs) throw proto::DecodeError("the first packet is not a Hello of Blitzen");
  const proto::HelloVersions ours{options_.hello.version, options_.hello.oldest_version};
  if (!overlap(ours, *theirs)) {
    const bool server = options_.side == Side::server;
    const std::string sentence = version_sentence(server ? options_.peer : "the server at " + options_.peer, *theirs,
                                                  server ? "this server" : "this program", ours);
    // Our Hello first, so that the peer can see for itself.
    auto farewell = hello_frame(options_.hello);
    const auto goodbye = goodbye_frame(proto::GoodbyeReason::version_mismatch,
                                       version_sentence("this program", *theirs, "the server", ours));
    farewell.insert(farewell.end(), goodbye.begin(), goodbye.end());
    return refuse({ErrorCode::version_mismatch, sentence}, std::move(farewell));
  }
  proto::decode(in_, hello_);
  if ((hello_.role == proto::Role::server) == (options_.side == Side::server)) {
    throw proto::DecodeError("a server and one of its peers must meet, not two of a kind");
  }
  if (options_.side == Side::server) {
    enter(Phase::write_hello);
  } else {
    open();
  }
}

void Handshake::open() {
  over_ = true;
  timer_.cancel();
  on_open_(std::move(stream_), std::move(hello_));
}

void Handshake::refuse(const Error& error, std::vector<std::byte> farewell) {
  if (options_.side == Side::client) return fail(error);
  refusal_ = error;
  out_ = std::move(farewell);
  timer_.expires_at(std::min(timer_.expiry(), std::chrono::steady_clock::now() + options_.farewell_max));
  timer_.async_wait([self = shared_from_this()](const asio::error_code& canceled) {
    if (!canceled) self->expired();
  });
  enter(Phase::write_farewell);
}

IoResult Handshake::drain() {
  IoResult result = stream_.read(in_);
  got_ += result.bytes;
  if (got_ > drained_bytes_max) return {.state = IoState::ended};
  return result;
}

void Handshake::fail(const Error& error) {
  if (over_) return;
  cancel();
  on_failure_(error);
}

void Handshake::expired() {
  if (refusal_) return fail(*refusal_);
  fail(options_.side == Side::client ? server_silent(options_.peer) : peer_silent(options_.peer));
}

Error Handshake::explain(const IoResult& result) const {
  return options_.side == Side::client ? server_failed(options_.peer, options_.key_file, result)
                                       : peer_failed(options_.peer, result);
}

Error Handshake::not_blitzen() const {
  return options_.side == Side::client ? server_not_blitzen(options_.peer) : peer_not_blitzen(options_.peer);
}

}  // namespace blitzen::net
