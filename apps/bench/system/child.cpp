#include "apps/bench/system/child.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <mutex>
#include <set>

#include "apps/bench/system/calls.hpp"
#include "blitzen/error.hpp"

namespace blitzen::bench {
namespace {

[[noreturn]] void run_child(pid_t parent, const std::function<void()>& body) {
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  // Ctrl-C is for this program alone, which ends its children itself.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  try {
    body();
  } catch (const std::exception&) {
    ::_exit(1);  // the parent sees the status, or that the connection ends
  }
  ::_exit(0);
}

/// Children that were not waited for.
struct Living {
  std::mutex mutex;
  std::set<pid_t> processes;
  bool ending = false;
};

Living& living() {
  static auto& children = *new Living;  // outlives the static objects of a program that ends
  return children;
}

int status_as_shell_has_it(int status) {
  constexpr int signal_base = 128;
  return WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Child::Child(const std::function<void()>& body) {
  const pid_t parent = ::getpid();
  pid_ = static_cast<pid_t>(checked(::fork(), "fork"));
  if (pid_ == 0) run_child(parent, body);
  const std::lock_guard lock(living().mutex);
  living().processes.insert(pid_);
  if (living().ending) ::kill(pid_, SIGKILL);
}

Child::~Child() {
  if (status_) return;
  ::kill(pid_, SIGKILL);
  reap(nullptr);
}

/// From then on the number may be another process's.
void Child::reap(int* status) const noexcept {
  {
    const std::lock_guard lock(living().mutex);
    living().processes.erase(pid_);
  }
  while (::waitpid(pid_, status, 0) < 0 && errno == EINTR) {
  }
}

void Child::end_all() noexcept {
  const std::lock_guard lock(living().mutex);
  living().ending = true;
  for (const pid_t process : living().processes) ::kill(process, SIGKILL);
  for (const pid_t process : living().processes) {
    siginfo_t ignored;
    while (::waitid(P_PID, static_cast<id_t>(process), &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
}

void Child::signal(int number) const noexcept {
  if (!status_) ::kill(pid_, number);
}

void execute(std::vector<std::string> command, const std::array<int, 3>& streams) {
  std::vector<char*> arguments;
  for (auto& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  for (int i = 0; i < static_cast<int>(streams.size()); ++i)
    checked(::dup2(streams[static_cast<std::size_t>(i)], i), "dup2");
  ::execv(arguments.front(), arguments.data());
  throw Error(ErrorCode::system, "cannot execute " + command.front());
}

std::optional<int> Child::wait(std::chrono::milliseconds patience) {
  if (status_) return status_;
  const Descriptor end{static_cast<int>(checked(::syscall(SYS_pidfd_open, pid_, 0), "pidfd_open"))};
  pollfd ended{end.get(), POLLIN, 0};
  if (checked(::poll(&ended, 1, static_cast<int>(patience.count())), "poll") == 0) return std::nullopt;
  int status = 0;
  reap(&status);
  status_ = status_as_shell_has_it(status);
  return status_;
}

}  // namespace blitzen::bench
