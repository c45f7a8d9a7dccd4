// Runs a part in a process of its own: bounded in time, and nothing is left of it.
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "base/unique_fd.hpp"
#include "pool/process_tree.hpp"
#include "tests/soak/part.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {
namespace {

volatile std::sig_atomic_t interrupted = 0;

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// What is still there so long after its part has ended was left behind.
constexpr auto time_to_vanish = 4s;

void run_here(const Part& part, Trial& trial) {
  try {
    part.run(trial);
  } catch (const std::exception& error) {
    std::cerr << part.name << ": " << error.what() << std::endl;
    trial.figures.miss("ended early", error.what());
  }
}

[[noreturn]] void be_the_part(const Part& part, Trial& trial, const base::UniqueFd& answers) {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  run_here(part, trial);
  const std::string lines = trial.figures.to_lines();
  const bool told = ::write(answers.get(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size());
  std::cout.flush();
  ::_exit(told ? 0 : 1);
}

/// All that is said until the other end closes, or the deadline, or somebody wants all this to end.
std::string read_until(const base::UniqueFd& pipe, Clock::time_point deadline, bool& in_time) {
  std::string text;
  for (in_time = false; interrupted == 0;) {
    pollfd readable{pipe.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const int ready = left > 0ms ? ::poll(&readable, 1, static_cast<int>(left.count())) : 0;
    in_time = ready > 0;
    if (ready == 0) return text;
    if (ready < 0) continue;
    std::array<char, 4096> buffer;
    const ssize_t bytes = ::read(pipe.get(), buffer.data(), buffer.size());
    if (bytes == 0) return text;
    if (bytes > 0) text.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  return text;
}

void reap() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

/// So that nothing of the part is left when somebody has had enough.
void heed_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };
  for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

/// Waits until no child is left, reaping those who end. Orphans of the part are children of this process.
std::size_t wait_until_all_have_ended() {
  for (const auto deadline = Clock::now() + time_to_vanish;;) {
    reap();
    const std::size_t left = pool::list_children().size();
    if (left == 0 || Clock::now() >= deadline) return left;
    pause_for(5ms);
  }
}

/// Who dies makes orphans, and these are ours again.
void kill_all() {
  for (const auto deadline = Clock::now() + time_to_vanish; Clock::now() < deadline; pause_for(5ms)) {
    const auto children = pool::list_children();
    if (children.empty()) return;
    for (const pid_t child : children) ::kill(child, SIGKILL);
    reap();
  }
}

}  // namespace

Figures run_bounded(const Part& part, Trial trial) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  heed_interrupts();
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  base::UniqueFd reading{ends[0]};
  base::UniqueFd writing{ends[1]};
  std::cout.flush();
  const pid_t process = ::fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) be_the_part(part, trial, writing);
  writing.reset();

  bool in_time = false;
  Figures figures;
  figures.take_lines(read_until(reading, Clock::now() + part.bound, in_time));
  if (!in_time) {
    figures.miss("ended early", "not done after " + std::to_string(part.bound.count()) + " minutes");
    ::kill(process, SIGKILL);
  } else if (figures.all().empty()) {
    figures.miss("ended early", "it crashed");
  }
  const std::size_t left = wait_until_all_have_ended();
  kill_all();
  if (interrupted != 0) throw std::runtime_error("interrupted; nothing of " + part.name + " is left running");
  if (!figures.any(Verdict::not_run) && in_time) figures.at_most("processes left", static_cast<double>(left), 0);
  return figures;
}

}  // namespace blitzen::soak
