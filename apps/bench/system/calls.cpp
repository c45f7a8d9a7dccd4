#include "apps/bench/system/calls.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>

#include "blitzen/error.hpp"

namespace blitzen::bench {
namespace {

void send_at_once(int fd) {
  const int on = 1;
  checked(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "setsockopt");
}

}  // namespace

long checked(long result, const char* what) {
  if (result < 0) throw Error(ErrorCode::system, std::string{what} + " failed: " + std::strerror(errno));
  return result;
}

Connection tcp_connection() {
  const Descriptor listener{static_cast<int>(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"))};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(listener.get(), generic, length), "bind");
  checked(::listen(listener.get(), 1), "listen");
  checked(::getsockname(listener.get(), generic, &length), "getsockname");
  Descriptor near{static_cast<int>(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"))};
  checked(::connect(near.get(), generic, length), "connect");
  Descriptor far{static_cast<int>(checked(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC), "accept"))};
  send_at_once(near.get());
  send_at_once(far.get());
  return {std::move(near), std::move(far)};
}

Connection socket_pair() {
  std::array<int, 2> ends{};
  checked(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "socketpair");
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

void make_nonblocking(int fd) { checked(::fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl"); }

void read_all(int fd, std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::read(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (checked(count, "read") == 0) throw Error(ErrorCode::system, "the other process has ended");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    bytes = bytes.subspan(static_cast<std::size_t>(checked(count, "send")));
  }
}

std::int64_t now_ns() { return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace blitzen::bench
