#include "apps/bench/floors/echo.hpp"

#include <array>
#include <cstdint>

#include "apps/bench/floors/rounds.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench::floors {
namespace {

using Message = std::array<std::uint64_t, message_bytes / sizeof(std::uint64_t)>;

}  // namespace

void echo(int fd) {
  Message message{};
  for (;;) {
    read_all(fd, std::as_writable_bytes(std::span{message}));
    ++message.front();
    write_all(fd, std::as_bytes(std::span{message}));
  }
}

Latency time_echoes(int fd, std::size_t rounds) {
  Message message{};
  std::uint64_t answers = 0;
  return time_rounds(rounds, [&] {
    write_all(fd, std::as_bytes(std::span{message}));
    read_all(fd, std::as_writable_bytes(std::span{message}));
    if (message.front() != ++answers) throw Error(ErrorCode::system, "a floor's echo came back wrong");
  });
}

}  // namespace blitzen::bench::floors
