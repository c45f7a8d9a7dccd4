// Catch2 without its main: this program has its own.
#pragma once

namespace blitzen::pool::testing {

[[nodiscard]] int run_catch(int argc, char** argv);

}  // namespace blitzen::pool::testing
