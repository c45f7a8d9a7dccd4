// From a connected socket to a peer that proved the key and said an acceptable Hello.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "blitzen/error.hpp"
#include "net/stream.hpp"
#include "proto/frame.hpp"
#include "proto/packets.hpp"

namespace blitzen::net {

struct HandshakeOptions {
  Side side = Side::server;
  const TlsContext* tls = nullptr;  ///< None: without encryption. Must outlive the handshake.
  proto::Hello hello;               ///< Ours.
  std::string peer;                 ///< How sentences call the other side.
  std::string key_file{};           ///< How sentences call our key, if they can.
  std::chrono::steady_clock::time_point deadline;
  std::chrono::milliseconds farewell_max{};  ///< For a refused peer to read why.
};

/// Fills in what `hello` leaves to the transport: versions, program, machine, limits.
void complete_hello(proto::Hello& hello);

/// Calls one of its callbacks, once, unless cancelled. Keeps itself alive meanwhile.
class Handshake : public std::enable_shared_from_this<Handshake> {
 public:
  using OnOpen = std::function<void(Stream stream, proto::Hello peer)>;
  using OnFailure = std::function<void(const Error& error)>;

  Handshake(Stream stream, HandshakeOptions options, OnOpen on_open, OnFailure on_failure);
  void start();
  /// Closes the connection and calls nothing.
  void cancel();
  [[nodiscard]] const std::string& peer() const noexcept { return options_.peer; }

 private:
  enum class Phase { recognise, tls, write_hello, read_header, read_body, write_farewell, drain };

  void wait(IoState state);
  void advance();
  [[nodiscard]] IoResult try_phase();
  [[nodiscard]] IoResult recognise();
  [[nodiscard]] IoResult write_out(Phase next);
  [[nodiscard]] IoResult read_in(Phase next);
  [[nodiscard]] IoResult drain();
  void enter(Phase phase);

  void header_arrived();
  void body_arrived();
  void goodbye_arrived();
  void hello_arrived();
  void open();

  /// Fails; a server tells its peer why first.
  void refuse(const Error& error, std::vector<std::byte> farewell);
  void fail(const Error& error);
  void expired();
  [[nodiscard]] Error explain(const IoResult& result) const;
  [[nodiscard]] Error not_blitzen() const;

  Stream stream_;
  HandshakeOptions options_;
  OnOpen on_open_;
  OnFailure on_failure_;
  asio::steady_timer timer_;
  Phase phase_ = Phase::tls;
  bool over_ = false;
  std::vector<std::byte> out_;
  std::size_t written_ = 0;
  std::vector<std::byte> in_;
  std::size_t got_ = 0;
  proto::FrameHeader header_;
  proto::Hello hello_;  ///< The peer's.
  std::optional<Error> refusal_;
};

}  // namespace blitzen::net
