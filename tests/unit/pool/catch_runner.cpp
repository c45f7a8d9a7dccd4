#define CATCH_CONFIG_RUNNER
#include "catch_runner.hpp"

#include <catch2/catch.hpp>

namespace blitzen::pool::testing {

int run_catch(int argc, char** argv) { return Catch::Session().run(argc, argv); }

}  // namespace blitzen::pool::testing
