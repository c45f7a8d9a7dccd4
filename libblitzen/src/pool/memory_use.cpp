#include "pool/memory_use.hpp"

#include <linux/kcmp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "pool/process_tree.hpp"

namespace blitzen::pool {
namespace {

/// Bounds what a look at a fork bomb costs.
constexpr std::size_t processes_max = 1000;

std::string file_of(pid_t process, const char* name) { return "/proc/" + std::to_string(process) + '/' + name; }

/// Anonymous pages that it has in memory.
std::uint64_t estimate_one(pid_t process) {
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::ifstream file{file_of(process, "statm")};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  std::uint64_t shared = 0;
  if (!(file >> size >> resident >> shared) || shared > resident) return 0;
  return (resident - shared) * page_bytes;
}

/// The same, with its part of those that it shares with parent and children. Empty if the kernel does not tell.
std::optional<std::uint64_t> measure_one(pid_t process) {
  std::ifstream file{file_of(process, "smaps_rollup")};
  for (std::string word; file >> word;) {
    if (word != "Pss_Anon:") continue;
    constexpr std::uint64_t kibibyte = 1024;
    std::uint64_t kibibytes = 0;
    if (file >> kibibytes) return kibibytes * kibibyte;
  }
  return std::nullopt;
}

/// As after vfork, which is how many programs start others, until exec.
bool share_memory(pid_t one, pid_t other) { return ::syscall(SYS_kcmp, one, other, KCMP_VM, 0, 0) == 0; }

struct Member {
  pid_t process;
  pid_t parent;
};

/// The process itself comes first, and everybody after his parent.
std::vector<Member> tree_of(pid_t process) {
  std::vector<Member> tree{{process, 0}};
  for (std::size_t i = 0; i < tree.size() && tree.size() < processes_max; ++i) {
    const pid_t parent = tree[i].process;
    for (const pid_t child : list_children_of(parent)) tree.push_back({child, parent});
  }
  return tree;
}

}  // namespace

std::uint64_t estimate_memory(pid_t process) {
  std::uint64_t bytes = 0;
  for (const Member& member : tree_of(process)) bytes += estimate_one(member.process);
  return bytes;
}

std::uint64_t measure_memory(pid_t process) {
  std::uint64_t bytes = 0;
  for (const Member& member : tree_of(process)) {
    if (member.parent != 0 && share_memory(member.process, member.parent)) continue;
    bytes += measure_one(member.process).value_or(estimate_one(member.process));
  }
  return bytes;
}

}  // namespace blitzen::pool
