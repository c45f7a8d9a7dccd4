#include <blitzen/task_registry.hpp>

int length(const char* text);
BLITZEN_TASK(length)
