// A task library, as a client loads it with --tasks.
#include "blitzen/task_registry.hpp"

namespace library {

int triple(int number) { return number * 3; }

BLITZEN_TASK(triple)

}  // namespace library
