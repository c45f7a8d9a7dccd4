#include "net/stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "net/address.hpp"
#include "net/socket_bio.hpp"

namespace blitzen::net {
namespace {

/// Records of TLS are gathered up to this much: a system call for each would cost as much as encrypting it.
constexpr std::size_t sent_bytes_at_once = 64 * 1024;

std::string error_text(int error) { return std::generic_category().message(error); }

/// SSL_get_error() wants to see those of the last call only.
void forget_errors() {
  ERR_clear_error();
  errno = 0;
}

IoResult plain_result(ssize_t moved, IoState when_blocked) {
  if (moved > 0) return {.bytes = static_cast<std::size_t>(moved)};
  if (moved == 0) return {.state = IoState::ended};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {.state = when_blocked};
  return {.state = IoState::failed, .problem = error_text(errno)};
}

}  // namespace

Stream::Stream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
  // A peer that has hung up already makes these fail; the first read or write says so.
  asio::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Stream::start_tls(const TlsContext& context) { ssl_ = context.make_ssl(socket_.native_handle()); }

IoResult Stream::shake_hands() {
  if (!ssl_) return {};
  forget_errors();
  const int returned = SSL_do_handshake(ssl_.get());
  if (returned == 1 && !authenticated_by_key(ssl_.get())) {
    return {.state = IoState::failed, .problem = "the peer did not prove that it holds the key"};
  }
  return tls_result(returned, 0);
}

IoResult Stream::peek(std::span<std::byte> room) {
  return plain_result(::recv(socket_.native_handle(), room.data(), room.size(), MSG_PEEK), IoState::wait_read);
}

IoResult Stream::read(std::span<std::byte> room) {
  if (!ssl_) return plain_result(::recv(socket_.native_handle(), room.data(), room.size(), 0), IoState::wait_read);
  forget_errors();
  std::size_t bytes = 0;
  const int returned = SSL_read_ex(ssl_.get(), room.data(), room.size(), &bytes);
  return tls_result(returned, bytes);
}

IoResult Stream::write(std::span<const std::byte> bytes) {
  if (!ssl_) {
    return plain_result(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL), IoState::wait_write);
  }
  forget_errors();
  std::size_t written = 0;
  const int returned = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written);
  return tls_result(returned, written);
}

IoResult Stream::write(std::span<const std::span<const std::byte>> pieces) {
  if (ssl_) {
    const IoResult flushed = flush();
    if (flushed.state != IoState::done) return flushed;
    BIO* const bio = SSL_get_wbio(ssl_.get());
    gather(bio, true);
    IoResult result = encrypt(pieces);
    gather(bio, false);
    // What the socket does not take now is tried again by the next call; so is what fails.
    static_cast<void>(send_gathered(bio));
    return result;
  }
  if (pieces.size() == 1 || pieces[1].empty()) return write(pieces.front());
  std::array<iovec, 4> parts{};
  msghdr message{};
  message.msg_iov = parts.data();
  for (const std::span<const std::byte> piece : pieces) {
    if (piece.empty() || message.msg_iovlen == parts.size()) break;
    parts[message.msg_iovlen++] = {const_cast<std::byte*>(piece.data()), piece.size()};
  }
  return plain_result(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL), IoState::wait_write);
}

/// As many records as are sent at once.
IoResult Stream::encrypt(std::span<const std::span<const std::byte>> pieces) {
  std::size_t bytes = 0;
  for (std::span<const std::byte> piece : pieces) {
    while (!piece.empty() && gathered_bytes(SSL_get_wbio(ssl_.get())) < sent_bytes_at_once) {
      const IoResult written = write(piece);
      if (written.state != IoState::done) return bytes == 0 ? written : IoResult{.bytes = bytes};
      bytes += written.bytes;
      piece = piece.subspan(written.bytes);
    }
    if (!piece.empty()) break;
  }
  return {.bytes = bytes};
}

IoResult Stream::flush() {
  if (!ssl_ || send_gathered(SSL_get_wbio(ssl_.get()))) return {};
  return plain_result(-1, IoState::wait_write);
}

IoResult Stream::tls_result(int returned, std::size_t bytes) {
  if (returned == 1) return {.bytes = bytes};
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return {.state = IoState::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {.state = IoState::wait_write};
    case SSL_ERROR_ZERO_RETURN:
      return {.state = IoState::ended};
    case SSL_ERROR_SYSCALL:
      // Without a cause where the connection had failed before.
      return {.state = IoState::failed, .problem = system_error == 0 ? "TLS has ended" : error_text(system_error)};
    default:
      break;
  }
  const unsigned long error = ERR_peek_error();
  if (ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {.state = IoState::ended};
  const char* reason = ERR_reason_error_string(error);
  return {.state = IoState::failed, .problem = reason == nullptr ? "TLS failed" : reason, .tls_error = error};
}

void Stream::end_writing() {
  if (ssl_ && SSL_is_init_finished(ssl_.get()) == 1) {
    // Once and without waiting for the answer: the peer's end-of-file is the answer.
    forget_errors();
    SSL_shutdown(ssl_.get());
  }
  asio::error_code ignored_when_gone;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored_when_gone);
}

void Stream::close() {
  asio::error_code ignored_when_gone;
  socket_.close(ignored_when_gone);
}

std::string to_text(const asio::ip::tcp::endpoint& endpoint) {
  return with_port(endpoint.address().to_string(), endpoint.port());
}

}  // namespace blitzen::net
