// The zygote: a process of an image, single-minded. It forks workers, buries them, and leaves none behind.
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "pool/control.hpp"
#include "pool/environment.hpp"
#include "pool/keeper.hpp"
#include "pool/process_tree.hpp"
#include "pool/worker.hpp"
#include "pool/worker_main.hpp"

namespace blitzen::pool {
namespace {

// Readable when a child may have died. A signal handler has no other way to it.
base::UniqueFd deaths;

// A handler rather than a signalfd: where the image has threads, the signal may go to one that does not block it.
void note_death(int) {
  const int saved = errno;
  const std::uint64_t one = 1;
  // EAGAIN means that the counter is full: the descriptor is readable, which is all that is wanted.
  static_cast<void>(!::write(deaths.get(), &one, sizeof one));
  errno = saved;
}

/// What the worker's process does first, whether it goes on in this image or execs it again. The zygote may have other
/// threads, so only calls that are safe after fork.
void become_worker(pid_t zygote, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != zygote) ::_exit(0);  // It died before the line above.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

class Zygote {
 public:
  explicit Zygote(TaskRunner& runner) : runner_(runner), control_(control_fd) {
    ::prctl(PR_SET_NAME, "blitzen-zygote");
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::fcntl(control_fd, F_SETFD, FD_CLOEXEC);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    deaths.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    struct sigaction action {};
    action.sa_handler = note_death;
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    ::sigaction(SIGCHLD, &action, &image_action_);
    keeper_ = start_keeper();
  }

  [[noreturn]] void serve() {
    // Until the pool is gone: it says so by closing its end of the socket.
    for (;;) {
      std::array<pollfd, 2> events{{{control_.get(), POLLIN, 0}, {deaths.get(), POLLIN, 0}}};
      if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) break;
      if (events[1].revents != 0) bury();
      if (events[0].revents == 0) continue;
      ControlMessage message;
      if (receive_control(control_.get(), message) == Receipt::closed) break;
      obey(message);
    }
    end();
  }

 private:
  void obey(ControlMessage& message) {
    switch (message.kind) {
      case ControlKind::open:
        open_libraries(message.text);
        break;
      case ControlKind::fork:
        make_worker(message);
        break;
      case ControlKind::signal:
        // Only workers that are not buried yet, so that no stranger with a reused id is hit.
        if (std::ranges::find(workers_, message.process) != workers_.end())
          signal_worker(message.process, message.code);
        break;
      default:
        break;
    }
  }

  /// The worker with its group, also if a task took it out of that. It must not be reaped yet.
  static void signal_worker(pid_t worker, int signal) {
    const bool in_group = ::getpgid(worker) == worker;
    ::kill(-worker, signal);
    if (!in_group || signal == SIGKILL) ::kill(worker, signal);
  }

  void open_libraries(const std::string& lines) {
    libraries_ = lines;
    const auto problem = open_task_libraries(runner_, lines);
    // What static initialisers printed must not be printed again by every worker.
    std::cout.flush();
    std::clog.flush();
    std::fflush(nullptr);
    prepare_for_work(runner_);
    ControlMessage answer;
    answer.kind = problem ? ControlKind::failed : ControlKind::ready;
    answer.text = problem.value_or("");
    say(answer);
  }

  void make_worker(ControlMessage& message) {
    ControlMessage answer;
    answer.ticket = message.ticket;
    if (message.descriptors.size() != fork_descriptors) {
      answer.kind = ControlKind::fork_failed;
      answer.code = EBADMSG;  // Descriptors get lost when this process has too many.
      say(answer);
      return;
    }
    const pid_t zygote = ::getpid();
    // In a process with threads only exec makes a sound copy.
    std::optional<ReexecArguments> reexec;
    if (count_threads() > 1) reexec.emplace(libraries_);
    const pid_t worker = ::fork();
    if (worker == 0) {
      ::sigaction(SIGCHLD, &image_action_, nullptr);
      become_worker(zygote, message.descriptors[stdout_descriptor].get(), message.descriptors[stderr_descriptor].get());
      if (reexec) {
        reexec->exec_worker(message.descriptors[channel_descriptor].get(),
                            message.descriptors[doorbell_descriptor].get(),
                            message.descriptors[event_descriptor].get());
      }
      be_worker(std::move(message.descriptors));
    }
    if (worker < 0) {
      answer.kind = ControlKind::fork_failed;
      answer.code = errno;
    } else {
      ::setpgid(worker, worker);  // The worker does so too; who comes first does not matter.
      workers_.push_back(worker);
      answer.kind = ControlKind::forked;
      answer.process = worker;
    }
    say(answer);
  }

  [[noreturn]] void be_worker(std::vector<base::UniqueFd> descriptors) {
    control_.reset();
    deaths.reset();
    descriptors[stdout_descriptor].reset();
    descriptors[stderr_descriptor].reset();
    work({std::move(descriptors[channel_descriptor]), std::move(descriptors[doorbell_descriptor]),
          std::move(descriptors[event_descriptor])},
         runner_);
  }

  void bury() {
    forget_notices();
    siginfo_t dead{};
    while (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
      bury(dead.si_pid);
      dead.si_pid = 0;
    }
  }

  static void forget_notices() {
    std::uint64_t count = 0;
    // Who died is asked of the kernel: a notice says only that somebody did.
    static_cast<void>(!::read(deaths.get(), &count, sizeof count));
  }

  void bury(pid_t process) {
    const auto worker = std::ranges::find(workers_, process);
    const bool is_worker = worker != workers_.end();
    // Its group first: as long as the process is not reaped, the group's id is not used for another one.
    if (is_worker) ::kill(-process, SIGKILL);
    int status = 0;
    rusage usage{};
    if (::wait4(process, &status, WNOHANG, &usage) != process) return;
    if (is_worker) workers_.erase(worker);
    if (process == keeper_) replace_keeper();
    end_orphans();
    if (is_worker) tell_of_death(process, status, usage);
  }

  void tell_of_death(pid_t worker, int status, const rusage& usage) {
    constexpr std::uint64_t kibibyte = 1024;
    ControlMessage obituary;
    obituary.kind = ControlKind::died;
    obituary.process = worker;
    obituary.code = status;
    obituary.bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * kibibyte;
    say(obituary);
  }

  void replace_keeper() {
    // A task may have killed it. Where it cannot live at all, the pool alone ends what a killed zygote leaves.
    constexpr int replaced_max = 100;
    keeper_ = keepers_replaced_ < replaced_max ? start_keeper() : 0;
    ++keepers_replaced_;
  }

  /// What a dead worker's tasks started is adopted by this process, also if it left the worker's process group.
  std::vector<pid_t> kill_orphans() {
    std::vector<pid_t> orphans = list_children();
    std::erase_if(orphans, [this](pid_t child) { return child == keeper_ || std::ranges::count(workers_, child) > 0; });
    for (const pid_t orphan : orphans) ::kill(orphan, SIGKILL);
    return orphans;
  }

  /// With what they hold: the task may be tried again at once, and want the same port or lock. Unless the kernel holds
  /// one of them, for which nobody else is to wait.
  void end_orphans() {
    constexpr std::chrono::milliseconds patience{200};
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (const pid_t orphan : kill_orphans()) await_end(watch_process(orphan), deadline);
  }

  [[noreturn]] void end() {
    // Killed processes end at once unless the kernel holds them, for instance in a dead file system.
    constexpr int rounds_max = 50;
    constexpr int round_ms = 100;
    for (const pid_t worker : workers_) signal_worker(worker, SIGKILL);
    workers_.clear();
    keeper_ = 0;  // Goes with the orphans.
    for (int i = 0; i < rounds_max; ++i) {
      forget_notices();
      kill_orphans();
      pid_t reaped = 0;
      do {
        reaped = ::waitpid(-1, nullptr, WNOHANG);
      } while (reaped > 0);
      if (reaped < 0 && errno == ECHILD) break;
      pollfd death{deaths.get(), POLLIN, 0};
      static_cast<void>(::poll(&death, 1, round_ms));
    }
    ::_exit(0);
  }

  void say(const ControlMessage& message) {
    // A pool that does not listen any more has closed its end; serve() sees that.
    static_cast<void>(send_control(control_.get(), message));
  }

  TaskRunner& runner_;
  base::UniqueFd control_;
  struct sigaction image_action_ {};
  std::string libraries_;
  std::vector<pid_t> workers_;
  pid_t keeper_ = 0;
  int keepers_replaced_ = 0;
};

}  // namespace

bool started_by_pool() { return std::getenv(zygote_variable) != nullptr || std::getenv(worker_variable) != nullptr; }

void serve(TaskRunner& runner) {
  if (std::getenv(worker_variable) != nullptr) serve_reexeced(runner);
  ::unsetenv(zygote_variable);
  Zygote{runner}.serve();
}

}  // namespace blitzen::pool
