#include "pool/output_pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace blitzen::pool {

void LastLines::add(std::string_view line) {
  if (bytes_max_ == 0) return;
  text_ += line;
  text_ += '\n';
  // Cut rarely, so that each byte is moved about once.
  if (text_.size() > 2 * bytes_max_ + 1) text_.erase(0, text_.size() - bytes_max_ - 1);
}

std::string LastLines::text() const {
  if (text_.empty()) return {};
  const std::string_view all{text_.data(), text_.size() - 1};
  if (all.size() <= bytes_max_) return std::string{all};
  const std::size_t cut = all.size() - bytes_max_;
  const std::size_t line = all.find('\n', cut - 1);
  return std::string{all.substr(line == std::string_view::npos ? cut : line + 1)};
}

base::UniqueFd OutputPipe::open() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  pipe_.reset(ends[0]);
  base::UniqueFd other{ends[1]};
  // Only this end: the flag would change how tasks print.
  if (::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) throw std::system_error(errno, std::generic_category(), "fcntl");
  return other;
}

bool OutputPipe::drain(PoolListener& listener, std::size_t bytes_max) {
  if (!pipe_) return false;
  std::array<char, 16 * 1024> buffer;
  for (std::size_t drained = 0; drained < bytes_max;) {
    const ssize_t bytes = ::read(pipe_.get(), buffer.data(), buffer.size());
    if (bytes == 0) return false;
    if (bytes < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN;
    }
    drained += static_cast<std::size_t>(bytes);
    lines_.feed({buffer.data(), static_cast<std::size_t>(bytes)},
                [&](std::string_view line) { pass_on(listener, line); });
    if (static_cast<std::size_t>(bytes) < buffer.size()) return true;
  }
  return true;
}

void OutputPipe::finish(PoolListener& listener) {
  // A grandchild may hold the pipe open and go on printing.
  constexpr std::size_t finish_bytes_max = 4 * 1024 * 1024;
  drain(listener, finish_bytes_max);
  lines_.finish([&](std::string_view line) { pass_on(listener, line); });
  pipe_.reset();
}

void OutputPipe::pass_on(PoolListener& listener, std::string_view line) {
  last_.add(line);
  listener.output_line(stream_, line);
}

}  // namespace blitzen::pool
