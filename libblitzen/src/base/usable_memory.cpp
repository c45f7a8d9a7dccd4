#include "base/usable_memory.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace blitzen::base {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

std::uint64_t machine_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return unlimited;
  return static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page_bytes);
}

std::uint64_t own_limit(int resource) {
  rlimit limit{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return unlimited;
  return limit.rlim_cur;
}

/// "max", or no file at all, is no limit.
std::uint64_t limit_in(const std::filesystem::path& file) {
  std::ifstream stream{file};
  std::uint64_t bytes = 0;
  return stream >> bytes ? bytes : unlimited;
}

/// A group's limit holds for all groups inside it.
std::uint64_t least_limit(const std::filesystem::path& root, std::filesystem::path group, const char* name) {
  std::uint64_t least = limit_in(root / name);
  for (group = group.relative_path(); !group.empty(); group = group.parent_path())
    least = std::min(least, limit_in(root / group / name));
  return least;
}

}  // namespace

std::uint64_t control_group_memory(const std::filesystem::path& membership, const std::filesystem::path& root) {
  std::uint64_t least = unlimited;
  std::ifstream stream{membership};
  for (std::string line; std::getline(stream, line);) {
    // "0::/path" is version 2, "4:memory:/path" the controller of version 1.
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string group = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, least_limit(root, group, "memory.max"));
    } else if (("," + controllers + ",").find(",memory,") != std::string::npos) {
      least = std::min(least, least_limit(root / "memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

std::uint64_t usable_memory() {
  return std::min({machine_memory(), control_group_memory("/proc/self/cgroup", "/sys/fs/cgroup"), own_limit(RLIMIT_AS),
                   own_limit(RLIMIT_DATA)});
}

}  // namespace blitzen::base
