#include "base/usable_memory.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <limits>
#include <string>

namespace blitzen::base {
namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// Files that look like the kernel's.
class Groups {
 public:
  Groups() : root_(std::filesystem::temp_directory_path() / ("blitzen-groups-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(root_);
  }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;
  ~Groups() { std::filesystem::remove_all(root_); }

  void put(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text << '\n';
  }
  [[nodiscard]] std::uint64_t memory() const { return control_group_memory(root_ / "membership", root_); }

 private:
  std::filesystem::path root_;
};

}  // namespace

TEST_CASE("what the process can hope for is no more than the machine has") {
  CHECK(usable_memory() > 0);
  CHECK(usable_memory() < unlimited);
}

TEST_CASE("the least limit of a control group and those around it counts") {
  Groups groups;
  groups.put("membership", "0::/outer/inner");
  CHECK(groups.memory() == unlimited);
  groups.put("outer/memory.max", "5000");
  groups.put("outer/inner/memory.max", "max");
  CHECK(groups.memory() == 5000);
  groups.put("outer/inner/memory.max", "300");
  CHECK(groups.memory() == 300);
  groups.put("memory.max", "20");
  CHECK(groups.memory() == 20);
}

TEST_CASE("the limits of version 1 count as well") {
  Groups groups;
  groups.put("membership", "5:cpu,cpuacct:/other\n4:memory:/job\nnonsense\n0::/");
  groups.put("memory/job/memory.limit_in_bytes", "7000");
  groups.put("memory/other/memory.limit_in_bytes", "1");
  CHECK(groups.memory() == 7000);
}

TEST_CASE("without a word about groups there is no limit") { CHECK(Groups{}.memory() == unlimited); }

}  // namespace blitzen::base
