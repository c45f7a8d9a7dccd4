#include "apps/bench/system/daemon.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <memory>

#include "apps/bench/system/calls.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench {
namespace {

constexpr std::chrono::seconds patience_to_start{20};
constexpr std::chrono::seconds patience_to_stop{10};

}  // namespace

Daemon::Daemon(const std::filesystem::path& program, const std::vector<std::string>& arguments)
    : name_(program.filename()) {
  if (::access(program.c_str(), X_OK) != 0)
    throw Error(ErrorCode::system, program.string() + " is not there; blitzen-bench needs " + name_ + " beside it");
  std::vector<std::string> command{program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  log_pipe_ = Descriptor{ends[0]};
  const Descriptor log{ends[1]};
  const Descriptor nothing{static_cast<int>(checked(::open("/dev/null", O_RDONLY | O_CLOEXEC), "open"))};
  child_ = std::make_unique<Child>([&] { execute(command, {nothing.get(), log.get(), log.get()}); });
  reader_ = std::thread{[this] { collect_log(); }};
}

Daemon::~Daemon() {
  child_->signal(SIGTERM);
  if (!child_->wait(patience_to_stop)) child_.reset();
  reader_.join();
}

/// Until the last process that holds the other end of the pipe has ended.
void Daemon::collect_log() {
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t count = ::read(log_pipe_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    log_ended_ = count <= 0;
    if (!log_ended_) log_.append(buffer.data(), static_cast<std::size_t>(count));
    changed_.notify_all();
    if (log_ended_) return;
  }
}

std::string Daemon::wait_for(const std::string& text) {
  std::unique_lock lock(mutex_);
  std::string rest;
  const auto appears = [&] {
    const auto begin = log_.find(text);
    const auto end = log_.find('\n', begin);
    if (begin == std::string::npos || end == std::string::npos) return false;
    rest = log_.substr(begin + text.size(), end - begin - text.size());
    return true;
  };
  if (changed_.wait_for(lock, patience_to_start, [&] { return appears() || log_ended_; }) && appears()) return rest;
  throw Error(ErrorCode::system, name_ + " did not get ready; its log says:\n" + log_);
}

}  // namespace blitzen::bench
