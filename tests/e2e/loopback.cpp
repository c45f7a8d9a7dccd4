#include "tests/e2e/loopback.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/shared_bytes.hpp"
#include "tests/support/daemon.hpp"

namespace blitzen::e2e {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void check(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

base::UniqueFd make_socket() {
  base::UniqueFd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  check(socket.get(), "socket");
  return socket;
}

base::UniqueFd bound_socket() {
  base::UniqueFd socket = make_socket();
  const sockaddr_in address = loopback(0);
  check(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  return socket;
}

std::uint16_t port_of(const base::UniqueFd& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  check(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

void say(const base::UniqueFd& socket, const Bytes& words) {
  check(static_cast<int>(::send(socket.get(), words.data(), words.size(), MSG_NOSIGNAL)), "send");
}

}  // namespace

Bytes to_bytes(std::string_view text) {
  const auto bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

Bytes make_frame(proto::PacketNumber number, const Bytes& body) {
  const auto header =
      proto::encode_frame_header({.body_bytes = static_cast<std::uint32_t>(body.size()), .packet = number});
  Bytes frame(header.size() + body.size());
  std::copy(body.begin(), body.end(), std::copy(header.begin(), header.end(), frame.begin()));
  return frame;
}

DeadPort::DeadPort() : socket_(bound_socket()) {}

std::uint16_t DeadPort::number() const { return port_of(socket_); }

FakeServer::FakeServer(Bytes answer)
    : answer_(std::move(answer)), listener_(bound_socket()), stop_(::eventfd(0, EFD_CLOEXEC)) {
  check(::listen(listener_.get(), SOMAXCONN), "listen");
  thread_ = std::thread([this] { serve(); });
}

FakeServer::~FakeServer() {
  const std::uint64_t one = 1;
  static_cast<void>(!::write(stop_.get(), &one, sizeof one));
  thread_.join();
}

std::uint16_t FakeServer::port() const { return port_of(listener_); }

void FakeServer::serve() {
  while (wait_readable(listener_.get())) {
    const base::UniqueFd peer{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (peer) serve(peer);
  }
}

void FakeServer::serve(const base::UniqueFd& peer) {
  std::array<std::byte, 4096> words;
  bool answered = false;
  while (wait_readable(peer.get()) && ::recv(peer.get(), words.data(), words.size(), 0) > 0) {
    if (!std::exchange(answered, true)) ::send(peer.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
  }
}

/// False when the server is to stop.
bool FakeServer::wait_readable(int socket) const {
  std::array<pollfd, 2> watched{{{socket, POLLIN, 0}, {stop_.get(), POLLIN, 0}}};
  while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  return watched[1].revents == 0;
}

base::UniqueFd connect_to(std::uint16_t port) {
  base::UniqueFd socket = make_socket();
  const timeval wait{.tv_sec = testing::patience.count(), .tv_usec = 0};
  check(::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait), "setsockopt");
  const sockaddr_in address = loopback(port);
  check(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  return socket;
}

Bytes talk_to(std::uint16_t port, const Bytes& words) {
  const base::UniqueFd socket = connect_to(port);
  say(socket, words);
  Bytes answer;
  std::array<std::byte, 4096> buffer;
  for (ssize_t bytes; (bytes = ::recv(socket.get(), buffer.data(), buffer.size(), 0)) != 0;) {
    check(static_cast<int>(bytes), "recv");
    answer.insert(answer.end(), buffer.begin(), buffer.begin() + bytes);
  }
  return answer;
}

}  // namespace blitzen::e2e
