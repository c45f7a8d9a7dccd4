#define CATCH_CONFIG_RUNNER
#include <blitzen/blitzen.hpp>
#include <catch2/catch.hpp>

#include "cluster.hpp"

int main(int argc, char** argv) {
  // Before init(): the rule that a dispatcher needs it can be tested only once.
  try {
    if (argc > 0 && !cluster::is_worker_process()) blitzen::MulticoreDispatcher too_early;
  } catch (const blitzen::Error& error) {
    cluster::error_before_init = error.code();
  }
  blitzen::init(argc, argv);
  blitzen::logging::set_loglevel("warning");
  return Catch::Session().run(argc, argv);
}
