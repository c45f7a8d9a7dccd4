#include "pool/family.hpp"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "pool/process_tree.hpp"

namespace blitzen::pool {
namespace {

/// Killed processes end at once unless the kernel holds them.
constexpr std::chrono::milliseconds gone_after_kill_max{1000};
/// Whoever forks while it is being killed is found by looking again. Bounds what a fork bomb can take of our time.
constexpr int rounds_max = 20;
/// How long a process in the midst of exec is given until it is looked at again, and how often: some programs have no
/// environment at all.
constexpr int exec_ms = 5;
constexpr int unsure_rounds_max = 3;
/// Deaths that are waited for at once. Bounds the descriptors that it takes.
constexpr std::size_t watched_max = 64;
/// No environment that exec accepts is larger on any usual machine; what lies behind is not looked at.
constexpr std::size_t environment_bytes_max = 4UL * 1024 * 1024;

/// A word, taken apart.
struct Family {
  std::uint64_t pid_namespace = 0;  ///< In another one, process ids mean others.
  pid_t owner = 0;
  std::uint64_t owner_started = 0;
};

std::uint64_t own_pid_namespace() {
  struct stat status {};
  return ::stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != '.') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

std::optional<Family> parse(std::string_view word) {
  Family family;
  if (!take_number(word, family.pid_namespace) || !take_number(word, family.owner)) return std::nullopt;
  if (!take_number(word, family.owner_started) || family.owner <= 0) return std::nullopt;
  return family;
}

/// Whoever is hidden from this process, or whose start cannot be read, counts as alive.
bool is_abandoned(std::string_view word) {
  const auto family = parse(word);
  if (!family || family->pid_namespace == 0 || family->pid_namespace != own_pid_namespace()) return false;
  if (::kill(family->owner, 0) != 0) return errno == ESRCH;
  const auto facts = read_facts(family->owner);
  return facts && family->owner_started != 0 && facts->started != family->owner_started;
}

using Wanted = std::function<bool(std::string_view word)>;

/// Between two programs, in the midst of exec, a process has no environment for a moment.
enum class Membership { none, member, unknown };

bool has_memory(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/statm"};
  std::uint64_t pages = 0;
  return file >> pages && pages > 0;
}

/// Whether one of the words in the environment of the process is wanted. A process that has ended has none.
Membership membership(pid_t process, const Wanted& wanted) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/environ"};
  if (!file) return Membership::none;
  const std::string beginning = std::string{family_variable} + '=';
  std::size_t read = 0;
  for (std::string entry; read < environment_bytes_max && std::getline(file, entry, '\0'); read += entry.size() + 1) {
    if (!entry.starts_with(beginning)) continue;
    std::string_view words{entry};
    words.remove_prefix(beginning.size());
    while (!words.empty()) {
      const std::size_t end = std::min(words.find(' '), words.size());
      if (wanted(words.substr(0, end))) return Membership::member;
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    return Membership::none;
  }
  return read == 0 && has_memory(process) ? Membership::unknown : Membership::none;
}

std::size_t end_members(const Wanted& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + gone_after_kill_max;
  std::set<pid_t> ended;
  int unsure = 0;
  for (int round = 0; round < rounds_max && unsure < unsure_rounds_max; ++round) {
    std::vector<base::UniqueFd> dying;
    bool sure = true;
    for (const pid_t process : list_processes()) {
      if (process == ::getpid()) continue;
      const Membership found = membership(process, wanted);
      if (found == Membership::unknown) sure = false;
      if (found != Membership::member) continue;
      base::UniqueFd watched = watch_process(process);
      // Between the two it may have ended, and its id have become a stranger's.
      if (!watched || membership(process, wanted) != Membership::member) continue;
      signal_watched(watched, SIGKILL);
      ended.insert(process);
      if (dying.size() < watched_max) dying.push_back(std::move(watched));
    }
    if (dying.empty() && sure) break;
    if (dying.empty()) {
      ++unsure;
      static_cast<void>(::poll(nullptr, 0, exec_ms));
    }
    for (const base::UniqueFd& process : dying) await_end(process, deadline);
    if (std::chrono::steady_clock::now() >= deadline) break;
  }
  return ended.size();
}

}  // namespace

std::string new_family() {
  static std::atomic<std::uint64_t> families{0};
  const auto facts = read_facts(::getpid());
  return std::to_string(own_pid_namespace()) + '.' + std::to_string(::getpid()) + '.' +
         std::to_string(facts ? facts->started : 0) + '.' + std::to_string(++families);
}

std::string family_setting(const std::string& family) {
  const char* const outer = std::getenv(family_variable);
  return std::string{family_variable} + '=' + (outer == nullptr ? "" : std::string{outer} + ' ') + family;
}

void end_family(const std::string& family) {
  end_members([&](std::string_view word) { return word == family; });
}

std::size_t end_abandoned_families() { return end_members(is_abandoned); }

}  // namespace blitzen::pool
