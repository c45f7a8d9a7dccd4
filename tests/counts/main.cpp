#define CATCH_CONFIG_RUNNER
#include <blitzen/blitzen.hpp>
#include <catch2/catch.hpp>

int main(int argc, char** argv) {
  blitzen::init(argc, argv);
  blitzen::logging::set_loglevel("warning");
  return Catch::Session().run(argc, argv);
}
