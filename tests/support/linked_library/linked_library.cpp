#include "tests/support/linked_library/linked_library.hpp"

int triple_in_library(int x) { return 3 * x; }
