// The bytes of one connection, encrypted or not, through one non-blocking interface.
#pragma once

#include <asio/ip/tcp.hpp>
#include <cstddef>
#include <span>
#include <string>

#include "net/tls.hpp"

namespace blitzen::net {

/// What one try came to.
enum class IoState {
  done,        ///< Bytes moved, or the handshake is complete.
  wait_read,   ///< Try again when the socket is readable.
  wait_write,  ///< Try again when the socket is writable.
  ended,       ///< The peer sends no more.
  failed,      ///< The connection is of no more use.
};

struct IoResult {
  IoState state = IoState::done;
  std::size_t bytes = 0;
  std::string problem{};        ///< When failed: what the system or OpenSSL says.
  unsigned long tls_error = 0;  ///< When TLS failed: OpenSSL's error code.
};

/// Tries never block and never raise SIGPIPE. Not thread-safe.
class Stream {
 public:
  /// Plain until start_tls(). `socket` must be open; it is made non-blocking, with TCP_NODELAY.
  explicit Stream(asio::ip::tcp::socket socket);

  void start_tls(const TlsContext& context);
  [[nodiscard]] bool encrypted() const noexcept { return ssl_ != nullptr; }

  /// Completes TLS. Fails when the peer turns out not to hold the key.
  [[nodiscard]] IoResult shake_hands();
  /// Shows the next bytes that came from the network, encrypted or not, and leaves them where they are.
  [[nodiscard]] IoResult peek(std::span<std::byte> room);
  [[nodiscard]] IoResult read(std::span<std::byte> room);
  [[nodiscard]] IoResult write(std::span<const std::byte> bytes);
  /// Writes pieces that follow each other. The first empty one is the end; the first of all must not be empty. What is
  /// written may wait for flush().
  [[nodiscard]] IoResult write(std::span<const std::span<const std::byte>> pieces);
  /// Done when nothing waits any more.
  [[nodiscard]] IoResult flush();
  /// Tells the peer that nothing more will come. Reading goes on.
  void end_writing();
  void close();

  [[nodiscard]] asio::ip::tcp::socket& socket() noexcept { return socket_; }

 private:
  asio::ip::tcp::socket socket_;
  SslPointer ssl_;

  [[nodiscard]] IoResult tls_result(int returned, std::size_t bytes);
  [[nodiscard]] IoResult encrypt(std::span<const std::span<const std::byte>> pieces);
};

/// "192.168.1.7:50000", "[::1]:50000"
[[nodiscard]] std::string to_text(const asio::ip::tcp::endpoint& endpoint);

}  // namespace blitzen::net
