#include "apps/bench/system/process_facts.hpp"

#include <time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <system_error>
#include <thread>

#include "blitzen/error.hpp"

namespace blitzen::bench {
namespace {

std::filesystem::path directory_of(pid_t process) { return std::filesystem::path{"/proc"} / std::to_string(process); }

Error gone(pid_t process) { return {ErrorCode::system, "process " + std::to_string(process) + " has ended too early"}; }

}  // namespace

std::uint64_t resident_bytes(pid_t process) {
  // status and statm lag behind by what each processor has counted but not yet added.
  std::ifstream facts(directory_of(process) / "smaps_rollup");
  for (std::string word; facts >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "Rss:" && facts >> kibibytes) return kibibytes * 1024;
  }
  throw gone(process);
}

std::vector<pid_t> tree_of(pid_t process) {
  std::vector<pid_t> tree{process};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    std::error_code ended;
    for (const auto& thread : std::filesystem::directory_iterator(directory_of(tree[i]) / "task", ended)) {
      std::ifstream children(thread.path() / "children");
      for (pid_t child = 0; children >> child;) tree.push_back(child);
    }
  }
  return tree;
}

std::chrono::nanoseconds processor_time(pid_t process) {
  clockid_t clock = 0;
  timespec used{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) throw gone(process);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

std::chrono::nanoseconds processor_time(const std::vector<pid_t>& processes) {
  return std::accumulate(processes.begin(), processes.end(), std::chrono::nanoseconds{0},
                         [](auto sum, pid_t process) { return sum + processor_time(process); });
}

void wait_until_idle(const std::vector<pid_t>& processes) {
  using namespace std::chrono_literals;
  constexpr auto window = 250ms;
  constexpr auto used_max = window / 50;
  constexpr int quiet_windows_needed = 3;
  constexpr auto patience = 2min;

  const auto deadline = std::chrono::steady_clock::now() + patience;
  auto before = processor_time(processes);
  for (int quiet = 0; quiet < quiet_windows_needed;) {
    if (std::chrono::steady_clock::now() > deadline)
      throw Error(ErrorCode::system, "the processes do not come to rest within two minutes");
    std::this_thread::sleep_for(window);
    const auto after = processor_time(processes);
    quiet = after - before < used_max ? quiet + 1 : 0;
    before = after;
  }
}

}  // namespace blitzen::bench
