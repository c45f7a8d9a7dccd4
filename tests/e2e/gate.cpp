#include "tests/e2e/gate.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tests/support/daemon.hpp"

namespace blitzen::e2e {
namespace {

void make_pipe(const std::filesystem::path& path) {
  if (::mkfifo(path.c_str(), S_IRUSR | S_IWUSR) != 0) throw std::system_error(errno, std::generic_category(), path);
}

base::UniqueFd open_pipe(const std::filesystem::path& path, int flags) {
  base::UniqueFd pipe{::open(path.c_str(), flags | O_CLOEXEC)};
  if (!pipe) throw std::system_error(errno, std::generic_category(), path);
  return pipe;
}

}  // namespace

Gate::Gate(std::filesystem::path path) : path_(std::move(path)) { make_pipe(path_); }

void Gate::open() { pipe_ = open_pipe(path_, O_RDWR); }

Reports::Reports(std::filesystem::path path) : path_(std::move(path)) {
  make_pipe(path_);
  // Also a writer of its own pipe, which therefore never ends.
  pipe_ = open_pipe(path_, O_RDWR);
}

std::string Reports::take() {
  std::size_t end = 0;
  while ((end = pending_.find('\n')) == std::string::npos) {
    pollfd readable{pipe_.get(), POLLIN, 0};
    const auto wait = std::chrono::milliseconds(testing::patience).count();
    const int count = ::poll(&readable, 1, static_cast<int>(wait));
    if (count == 0) throw testing::DidNotHappen("no task reports to " + path_.string());
    std::array<char, 4096> buffer;
    const ssize_t bytes = count > 0 ? ::read(pipe_.get(), buffer.data(), buffer.size()) : 0;
    if (bytes > 0) pending_.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 1);
  return line;
}

bool Reports::empty() const {
  pollfd readable{pipe_.get(), POLLIN, 0};
  return pending_.empty() && ::poll(&readable, 1, 0) == 0;
}

/// A pipe opens for reading when there is a writer.
void pass(const std::string& gate) { open_pipe(gate, O_RDONLY); }

void report(const std::string& reports, const std::string& line) {
  const base::UniqueFd pipe = open_pipe(reports, O_WRONLY);
  const std::string text = line + '\n';
  // So short that the kernel writes it whole.
  if (::write(pipe.get(), text.data(), text.size()) < 0)
    throw std::system_error(errno, std::generic_category(), reports);
}

}  // namespace blitzen::e2e
