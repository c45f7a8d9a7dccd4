#include "pool/process_tree.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>

namespace blitzen::pool {
namespace {

namespace fs = std::filesystem;

/// The parent of a process, from the field behind its name in parentheses.
pid_t parent_of(const fs::path& process) {
  std::ifstream file{process / "stat"};
  std::string text;
  std::getline(file, text, '\0');
  const std::size_t name_end = text.rfind(')');
  constexpr std::size_t state_and_blanks = 4;
  if (name_end == std::string::npos || text.size() <= name_end + state_and_blanks) return 0;
  pid_t parent = 0;
  std::from_chars(text.data() + name_end + state_and_blanks, text.data() + text.size(), parent);
  return parent;
}

/// For kernels that do not list children.
std::vector<pid_t> search_children() {
  std::vector<pid_t> children;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator{"/proc", error}) {
    const std::string name = entry.path().filename();
    pid_t process = 0;
    const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (problem == std::errc{} && end == name.data() + name.size() && parent_of(entry.path()) == ::getpid())
      children.push_back(process);
  }
  return children;
}

}  // namespace

std::vector<pid_t> list_children() {
  std::error_code error;
  std::vector<pid_t> children;
  // Each thread lists its own.
  for (const fs::directory_entry& thread : fs::directory_iterator{"/proc/self/task", error}) {
    std::ifstream file{thread.path() / "children"};
    if (!file) return search_children();
    for (pid_t process = 0; file >> process;) children.push_back(process);
  }
  return children;
}

base::UniqueFd watch_process(pid_t process) {
  // The C library's own header for this call cannot be used from C++ before glibc 2.37.
  return base::UniqueFd{static_cast<int>(::syscall(SYS_pidfd_open, process, 0))};
}

void signal_watched(const base::UniqueFd& process, int signal) {
  // ESRCH means that it has ended already.
  if (process) ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

bool has_ended(const base::UniqueFd& process) {
  pollfd death{process.get(), POLLIN, 0};
  return ::poll(&death, 1, 0) == 1;
}

std::size_t count_threads() {
  std::error_code error;
  std::size_t count = 0;
  for ([[maybe_unused]] const fs::directory_entry& thread : fs::directory_iterator{"/proc/self/task", error}) ++count;
  return count;
}

}  // namespace blitzen::pool
