// What the task library of the tests offers. The test program has the same functions under the same names.
#pragma once

#include <string>

namespace common {

int add(int a, int b);
/// The name of the executable whose process runs this.
std::string whose_process();

}  // namespace common
