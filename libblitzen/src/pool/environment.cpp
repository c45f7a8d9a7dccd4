#include "pool/environment.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <sstream>

#include "pool/worker_main.hpp"

namespace blitzen::pool {
namespace {

// Where an exec'd worker finds its descriptors.
constexpr int first_worker_fd = 3;
constexpr int worker_fds = 3;

}  // namespace

std::optional<std::string> open_task_libraries(TaskRunner& runner, const std::string& lines) {
  std::istringstream paths{lines};
  for (std::string path; std::getline(paths, path);) {
    if (auto problem = runner.open_library(path)) return problem;
  }
  return std::nullopt;
}

ReexecArguments::ReexecArguments(const std::string& libraries) {
  for (char** entry = ::environ; *entry != nullptr; ++entry) strings_.emplace_back(*entry);
  strings_.push_back(std::string{worker_variable} + "=" + libraries);
  for (std::string& entry : strings_) environment_.push_back(entry.data());
  environment_.push_back(nullptr);
}

void ReexecArguments::exec_worker(int channel, int doorbell, int event) {
  // In two steps, because the places may be taken by one another.
  const std::array<int, worker_fds> given{channel, doorbell, event};
  std::array<int, worker_fds> clear{};
  for (std::size_t i = 0; i < given.size(); ++i)
    clear[i] = ::fcntl(given[i], F_DUPFD_CLOEXEC, first_worker_fd + worker_fds);
  for (std::size_t i = 0; i < clear.size(); ++i) ::dup2(clear[i], first_worker_fd + static_cast<int>(i));
  ::close_range(first_worker_fd + worker_fds, ~0U, 0);
  char title[] = "blitzen-worker";
  std::array<char*, 2> arguments{title, nullptr};
  ::execve("/proc/self/exe", arguments.data(), environment_.data());
  constexpr char problem[] = "blitzen worker: cannot exec its image again\n";
  static_cast<void>(!::write(STDERR_FILENO, problem, sizeof problem - 1));
  constexpr int exec_failed = 127;
  ::_exit(exec_failed);
}

void serve_reexeced(TaskRunner& runner) {
  const char* const value = std::getenv(worker_variable);
  const std::string libraries = value == nullptr ? "" : value;
  ::unsetenv(worker_variable);
  for (int fd = first_worker_fd; fd < first_worker_fd + worker_fds; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (const auto problem = open_task_libraries(runner, libraries)) {
    std::fprintf(stderr, "%s\n", problem->c_str());
    ::_exit(EXIT_FAILURE);
  }
  prepare_for_work(runner);
  work({base::UniqueFd{first_worker_fd}, base::UniqueFd{first_worker_fd + 1}, base::UniqueFd{first_worker_fd + 2}},
       runner);
}

}  // namespace blitzen::pool
