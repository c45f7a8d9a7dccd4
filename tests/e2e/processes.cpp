#include "tests/e2e/processes.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"
#include "pool/process_tree.hpp"
#include "tests/support/daemon.hpp"

namespace blitzen::e2e {

bool ends(pid_t process) {
  const base::UniqueFd end{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
  if (!end) return true;  // it is gone already
  pollfd readable{end.get(), POLLIN, 0};
  const auto wait = std::chrono::milliseconds(testing::patience).count();
  return ::poll(&readable, 1, static_cast<int>(wait)) == 1;
}

std::string name_of(pid_t process) {
  std::ifstream file(std::filesystem::path("/proc") / std::to_string(process) / "comm");
  std::string name;
  std::getline(file, name);
  return name;
}

bool all_named_end(const std::string& name, std::chrono::milliseconds time) {
  const auto deadline = std::chrono::steady_clock::now() + time;
  for (;;) {
    pid_t found = 0;
    for (const pid_t process : pool::list_processes()) {
      if (name_of(process) == name) found = process;
    }
    if (found == 0) return true;
    const base::UniqueFd end{static_cast<int>(::syscall(SYS_pidfd_open, found, 0))};
    pollfd readable{end.get(), POLLIN, 0};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0 || (end && ::poll(&readable, 1, static_cast<int>(left)) == 0)) return false;
  }
}

std::vector<pid_t> tree_of(pid_t process) {
  std::vector<pid_t> tree{process};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto threads = std::filesystem::path("/proc") / std::to_string(tree[i]) / "task";
    std::error_code gone;
    for (const auto& thread : std::filesystem::directory_iterator(threads, gone)) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child = 0; children >> child;) tree.push_back(child);
    }
  }
  return tree;
}

std::uint64_t resident_bytes(pid_t process) {
  std::ifstream file(std::filesystem::path("/proc") / std::to_string(process) / "statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    throw testing::DidNotHappen("process " + std::to_string(process) + " is gone");
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace blitzen::e2e
