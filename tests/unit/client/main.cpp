// Also what the zygotes of the tests' clients run.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "blitzen/init.hpp"
#include "blitzen/logging.hpp"

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  blitzen::logging::disable();
  return Catch::Session().run(argc, argv);
}
