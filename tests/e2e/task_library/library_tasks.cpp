#include "tests/e2e/task_library/library_tasks.hpp"

#include <blitzen/blitzen.hpp>
#include <filesystem>

namespace common {

int add(int a, int b) { return a + b; }

std::string whose_process() { return std::filesystem::read_symlink("/proc/self/exe").filename(); }

}  // namespace common

BLITZEN_TASK(common::add)
BLITZEN_TASK(common::whose_process)
