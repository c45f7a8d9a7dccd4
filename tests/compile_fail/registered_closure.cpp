#include <blitzen/task_registry.hpp>

const auto twice = [](int number) { return 2 * number; };
BLITZEN_TASK(twice)
