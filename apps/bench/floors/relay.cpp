#include "apps/bench/floors/relay.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "apps/bench/system/calls.hpp"

namespace blitzen::bench::floors {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

class Direction {
 public:
  Direction(int from, int to) : from_(from), to_(to) {}

  /// Passes on until there is nothing more to read or no more room to write. Returns false when the connection ended.
  bool pump() {
    for (;;) {
      while (begin_ != end_) {
        const ssize_t count = ::send(to_, &block_[begin_], end_ - begin_, MSG_NOSIGNAL);
        if (count < 0) return errno == EAGAIN;
        begin_ += static_cast<std::size_t>(count);
      }
      if (drained_) return true;
      const ssize_t count = ::recv(from_, block_.data(), block_.size(), 0);
      if (count < 0 && errno == EAGAIN) {
        drained_ = true;
        return true;
      }
      if (count <= 0) return false;
      begin_ = 0;
      end_ = static_cast<std::size_t>(count);
      drained_ = end_ < block_.size();  // epoll tells of whatever comes later
    }
  }

  bool readable() {
    drained_ = false;
    return pump();
  }

 private:
  int from_;
  int to_;
  std::array<std::byte, block_bytes> block_{};
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool drained_ = true;
};

}  // namespace

void relay(int left, int right) {
  Direction to_right{left, right};
  Direction to_left{right, left};
  const Descriptor epoll{static_cast<int>(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"))};
  for (const int fd : {left, right}) {
    make_nonblocking(fd);
    // Edges, so that a direction that waits for room costs no system call to say so.
    epoll_event event{EPOLLIN | EPOLLOUT | EPOLLET, {.fd = fd}};
    checked(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }
  for (;;) {
    std::array<epoll_event, 2> events{};
    const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      const bool is_left = event.data.fd == left;
      if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !(is_left ? to_right : to_left).readable()) return;
      if ((event.events & EPOLLOUT) != 0 && !(is_left ? to_left : to_right).pump()) return;
    }
  }
}

}  // namespace blitzen::bench::floors
