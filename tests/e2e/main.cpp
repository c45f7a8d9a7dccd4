#define CATCH_CONFIG_RUNNER
#include <blitzen/blitzen.hpp>
#include <catch2/catch.hpp>

#include "tests/e2e/roles.hpp"

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  if (const auto role = blitzen::e2e::role_asked_for(argc, argv)) return blitzen::e2e::play(*role);
  return Catch::Session().run(argc, argv);
}
