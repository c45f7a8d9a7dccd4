#include "pool/process_tree.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/poll_timeout.hpp"

namespace blitzen::pool {
namespace {

namespace fs = std::filesystem;

fs::path directory_of(pid_t process) { return fs::path{"/proc"} / std::to_string(process); }

/// Without the buffers of a stream: a zygote reads it after each death, and copies each page that it writes to, since
/// workers share it. False if there is no such file.
bool add_numbers(const char* file, std::vector<pid_t>& out) {
  const base::UniqueFd descriptor{::open(file, O_RDONLY | O_CLOEXEC)};
  if (!descriptor) return false;
  std::array<char, 512> buffer;
  std::size_t kept = 0;  // the beginning of a number whose end is not read yet
  for (;;) {
    const ssize_t got = ::read(descriptor.get(), buffer.data() + kept, buffer.size() - kept);
    if (got <= 0) return true;
    const char* at = buffer.data();
    const char* const end = at + kept + got;
    for (const char* space; (space = std::find(at, end, ' ')) != end; at = space + 1) {
      pid_t number = 0;
      if (std::from_chars(at, space, number).ec == std::errc{}) out.push_back(number);
    }
    kept = static_cast<std::size_t>(end - at);
    std::copy(at, end, buffer.data());
  }
}

/// False if the kernel does not list children.
bool add_children(const fs::path& process, std::vector<pid_t>& out) {
  std::error_code error;
  // Each thread lists its own.
  for (const fs::directory_entry& thread : fs::directory_iterator{process / "task", error})
    if (!add_numbers((thread.path() / "children").c_str(), out)) return false;
  return true;
}

bool add_own_children(std::vector<pid_t>& out) {
  if (count_threads() > 1) return add_children("/proc/self", out);
  return add_numbers("/proc/thread-self/children", out);
}

}  // namespace

std::vector<pid_t> list_children() {
  std::vector<pid_t> children;
  if (add_own_children(children)) return children;
  children.clear();
  for (const pid_t process : list_processes()) {
    const auto facts = read_facts(process);
    if (facts && facts->parent == ::getpid()) children.push_back(process);
  }
  return children;
}

std::vector<pid_t> list_children_of(pid_t process) {
  std::vector<pid_t> children;
  add_children(directory_of(process), children);
  return children;
}

std::vector<pid_t> list_processes() {
  std::vector<pid_t> processes;
  std::error_code error;
  for (fs::directory_iterator entry{"/proc", error}, end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    pid_t process = 0;
    const auto [rest, problem] = std::from_chars(name.data(), name.data() + name.size(), process);
    if (problem == std::errc{} && rest == name.data() + name.size()) processes.push_back(process);
  }
  return processes;
}

std::optional<ProcessFacts> read_facts(pid_t process) {
  std::ifstream file{directory_of(process) / "stat"};
  std::string text;
  std::getline(file, text, '\0');
  // The name, in parentheses, may hold anything. Behind it: state, parent, and 17 numbers up to the start.
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields{text.substr(name_end + 1)};
  ProcessFacts facts;
  std::string skipped;
  fields >> skipped >> facts.parent;
  constexpr int fields_between = 17;
  for (int i = 0; i < fields_between; ++i) fields >> skipped;
  if (!(fields >> facts.started)) return std::nullopt;
  return facts;
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

void await_end(const base::UniqueFd& process, std::chrono::steady_clock::time_point deadline) {
  if (!process) return;
  using std::chrono::steady_clock;
  pollfd death{process.get(), POLLIN, 0};
  // A signal, for instance of another death, interrupts the wait.
  while (::poll(&death, 1, base::poll_timeout(std::optional{deadline}, steady_clock::now())) < 0 && errno == EINTR) {
  }
}

std::size_t count_threads() {
  // The directory's links are its threads, itself and the one above it; not every kernel counts them.
  constexpr nlink_t others = 2;
  struct stat threads {};
  if (::stat("/proc/self/task", &threads) == 0 && threads.st_nlink > others) return threads.st_nlink - others;
  std::error_code error;
  std::size_t count = 0;
  for ([[maybe_unused]] const fs::directory_entry& thread : fs::directory_iterator{"/proc/self/task", error}) ++count;
  return count;
}

}  // namespace blitzen::pool
