#include "apps/common/stop_signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "blitzen/logging.hpp"

namespace blitzen::app {
namespace {

/// The eventfd counts: each signal adds one, the end of StopSignals adds this.
constexpr std::uint64_t end_of_watch = 1ULL << 32U;

/// Where the handler, which may touch next to nothing, tells of a signal.
volatile std::sig_atomic_t event_fd = -1;

constexpr std::array handled{SIGINT, SIGTERM};

void add(std::uint64_t count) {
  // Cannot fail: the counter holds more than any number of signals.
  [[maybe_unused]] const auto written = ::write(event_fd, &count, sizeof count);
}

extern "C" void on_signal(int) {
  const int saved_errno = errno;
  add(1);
  errno = saved_errno;
}

void set_handler(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int signal : handled) ::sigaction(signal, &action, nullptr);
}

/// Starts a thread that handles no signals. In one that did, ThreadSanitizer would put them off for as long as it waits
/// in read(), which is until there was a signal.
template <class Work>
std::thread start_thread_without_signals(Work&& work) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::forward<Work>(work)};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

void watch(const std::function<void()>& stop, const std::function<void()>& stop_now, const StopSignals::Clock& clock) {
  StopSequence sequence;
  for (;;) {
    std::uint64_t news = 0;
    if (::read(event_fd, &news, sizeof news) != sizeof news) return;
    if (news >= end_of_watch) return;
    switch (sequence.signal(clock())) {
      case StopSequence::Wish::stop:
        logging::get_logger().info("stopping; another signal, after half a second, stops at once");
        stop();
        break;
      case StopSequence::Wish::stop_now:
        logging::get_logger().warning("stopping at once");
        stop_now();
        break;
      case StopSequence::Wish::nothing:
        break;
    }
  }
}

}  // namespace

StopSequence::Wish StopSequence::signal(Time now) {
  if (!first_) {
    first_ = now;
    return Wish::stop;
  }
  if (over_ || now - *first_ < echo_max) return Wish::nothing;
  over_ = true;
  return Wish::stop_now;
}

StopSignals::StopSignals(std::function<void()> stop, std::function<void()> stop_now, Clock clock) {
  event_fd = ::eventfd(0, EFD_CLOEXEC);
  if (event_fd < 0) throw Error(ErrorCode::system, std::string{"cannot watch for signals: "} + std::strerror(errno));
  thread_ = start_thread_without_signals([stop = std::move(stop), stop_now = std::move(stop_now),
                                          clock = std::move(clock)] { watch(stop, stop_now, clock); });
  set_handler(&on_signal);
}

StopSignals::~StopSignals() {
  set_handler(SIG_DFL);
  add(end_of_watch);
  thread_.join();
  ::close(event_fd);
  event_fd = -1;
}

}  // namespace blitzen::app
