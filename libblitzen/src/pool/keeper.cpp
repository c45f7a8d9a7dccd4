#include "pool/keeper.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pool/environment.hpp"
#include "pool/family.hpp"
#include "pool/process_tree.hpp"

namespace blitzen::pool {
namespace {

/// What a zygote may take to end itself when its pool is gone. Longer than it takes even if the kernel holds a worker.
constexpr int zygote_end_ms_max = 8000;

void await(pollfd* events, nfds_t count, int timeout_ms) {
  while (::poll(events, count, timeout_ms) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void keep(base::UniqueFd zygote) {
  ::setsid();  // A task that ends its process group and the zygote's does not end this one.
  ::prctl(PR_SET_NAME, "blitzen-keeper");
  ::signal(SIGCHLD, SIG_DFL);
  // Everything else is closed: the pool must see the end of pipes. The socket is only looked at for whether the pool
  // is there.
  constexpr int zygote_fd = control_fd + 1;
  if (zygote.get() != zygote_fd) ::dup2(zygote.get(), zygote_fd);
  static_cast<void>(zygote.release());
  ::close_range(0, control_fd - 1, 0);
  ::close_range(zygote_fd + 1, ~0U, 0);
  const base::UniqueFd watched{zygote_fd};

  std::array<pollfd, 2> events{{{zygote_fd, POLLIN, 0}, {control_fd, 0, 0}}};
  await(events.data(), events.size(), -1);
  if (!has_ended(watched)) {
    signal_watched(watched, SIGCONT);  // A task may have stopped it.
    await(events.data(), 1, zygote_end_ms_max);
    signal_watched(watched, SIGKILL);
  }
  const char* const families = std::getenv(family_variable);
  const std::string_view words = families == nullptr ? "" : families;
  // The last word is that of this zygote, the others are those of pools around its own.
  if (!words.empty()) end_family(std::string{words.substr(words.rfind(' ') + 1)});
  ::_exit(EXIT_SUCCESS);
}

}  // namespace

pid_t start_keeper() {
  base::UniqueFd self = watch_process(::getpid());
  if (!self) return 0;
  const pid_t keeper = ::fork();
  if (keeper == 0) keep(std::move(self));
  return keeper > 0 ? keeper : 0;
}

}  // namespace blitzen::pool
