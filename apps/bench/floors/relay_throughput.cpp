#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "apps/bench/floors/measure.hpp"
#include "apps/bench/floors/relay.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/child.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench::floors {
namespace {

struct Frame {
  std::uint32_t bytes = 64;
  std::uint32_t kind = 0;
  std::uint64_t number = 0;
  std::array<std::uint64_t, 6> payload{};
};
static_assert(sizeof(Frame) == 64);

constexpr std::size_t frames_in_block = 64 * 1024 / sizeof(Frame);

enum Kind : std::uint32_t { task = 1, answer = 2 };

constexpr std::uint64_t answer_to(std::uint64_t argument) { return ~argument; }

Error broken() { return {ErrorCode::system, "a frame of a floor's relay came through wrong"}; }

/// Frames from a socket. A block may end within a frame.
class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  /// Reads once and hands each frame that is complete to `take`. Returns false when there was nothing to read.
  template <class Take>
  bool read(Take take) {
    const ssize_t count = ::recv(fd_, bytes() + have_, sizeof(Frame) * block_.size() - have_, 0);
    if (count < 0 && errno == EAGAIN) return false;
    if (checked(count, "recv") == 0) throw broken();
    have_ += static_cast<std::size_t>(count);
    const std::size_t complete = have_ / sizeof(Frame);
    for (std::size_t i = 0; i < complete; ++i) {
      if (block_[i].bytes != sizeof(Frame)) throw broken();
      take(block_[i]);
    }
    have_ -= complete * sizeof(Frame);
    std::memmove(bytes(), bytes() + complete * sizeof(Frame), have_);
    return true;
  }

 private:
  std::byte* bytes() { return reinterpret_cast<std::byte*>(block_.data()); }

  int fd_;
  std::vector<Frame> block_{frames_in_block};
  std::size_t have_ = 0;
};

void answer_frames(int fd) {
  Reader reader{fd};
  std::vector<Frame> answers;
  answers.reserve(frames_in_block);
  for (;;) {
    answers.clear();
    reader.read([&](const Frame& frame) {
      if (frame.kind != Kind::task) throw broken();
      answers.push_back({.kind = Kind::answer, .number = frame.number, .payload = {answer_to(frame.payload.front())}});
    });
    write_all(fd, std::as_bytes(std::span{answers}));
  }
}

/// Writes what there is room for, frame after frame.
class Writer {
 public:
  Writer(int fd, std::size_t frames) : fd_(fd), frames_(frames) {}

  [[nodiscard]] bool done() const { return rest_.empty() && made_ == frames_; }
  /// Whether what was written ends with a block.
  [[nodiscard]] bool between_blocks() const { return rest_.empty(); }
  [[nodiscard]] std::uint64_t written() const { return made_; }

  /// Returns false when there is no more room.
  bool write() {
    if (rest_.empty()) rest_ = fill();
    const ssize_t count = ::send(fd_, rest_.data(), rest_.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) return false;
    rest_ = rest_.subspan(static_cast<std::size_t>(checked(count, "send")));
    return true;
  }

 private:
  std::span<const std::byte> fill() {
    block_.clear();
    for (; block_.size() < frames_in_block && made_ < frames_; ++made_)
      block_.push_back({.kind = Kind::task, .number = made_, .payload = {made_}});
    return std::as_bytes(std::span{block_});
  }

  int fd_;
  std::size_t frames_;
  std::size_t made_ = 0;
  std::vector<Frame> block_;
  std::span<const std::byte> rest_;
};

void drive(int fd, std::size_t frames, Between between) {
  Reader reader{fd};
  Writer writer{fd, frames};
  std::uint64_t answered = 0;
  const auto check = [&](const Frame& frame) {
    if (frame.number != answered || frame.payload.front() != answer_to(answered)) throw broken();
    ++answered;
  };
  const auto may_write = [&] {
    const bool waits = between == Between::waits && writer.between_blocks() && answered < writer.written();
    return !writer.done() && !waits;
  };
  while (answered < frames) {
    const bool wrote = may_write() && writer.write();
    const bool read = reader.read(check);
    if (wrote || read) continue;
    const short wanted = may_write() ? POLLIN | POLLOUT : POLLIN;
    pollfd ready{fd, wanted, 0};
    checked(::poll(&ready, 1, -1), "poll");
  }
}

}  // namespace

double relay_throughput(std::size_t frames, Between between) {
  const Connection driver_relay = tcp_connection();
  const Connection relay_agent = tcp_connection();
  const int driver = driver_relay.first.get();
  const Child answering{[&] { answer_frames(relay_agent.second.get()); }};
  const Child relaying{[&] { relay(driver_relay.second.get(), relay_agent.first.get()); }};
  make_nonblocking(driver);
  drive(driver, frames_in_block, between);  // warms up
  const auto begin = now_ns();
  drive(driver, frames, between);
  return static_cast<double>(frames) / (static_cast<double>(now_ns() - begin) / 1e9);
}

}  // namespace blitzen::bench::floors
