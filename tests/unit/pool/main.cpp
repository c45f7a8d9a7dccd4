// Three programs in one: the tests, the image that the pools under test run, and a host that a test kills.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>

#include "catch_runner.hpp"
#include "pool/worker.hpp"
#include "pool_rig.hpp"
#include "test_runner.hpp"

namespace {

using namespace blitzen::pool;

[[noreturn]] void serve_as_image() {
  // For the test of images that have threads before main.
  if (std::getenv("POOL_TEST_THREAD") != nullptr) std::thread{[] { ::pause(); }}.detach();
  testing::TestRunner runner;
  serve(runner);
}

/// Runs a task with children and waits to be killed.
int be_host() {
  testing::PoolRig rig{{.slots = 2}};
  rig.submit(testing::fork_stubbornly);
  rig.submit(testing::block);
  rig.run_until([&] { return rig.out.size() == 2; });
  for (const std::string& line : rig.out) std::cout << line << std::endl;
  for (;;) ::pause();
}

}  // namespace

#ifdef __SANITIZE_ADDRESS__
// Workers are to die of their signals, as they do outside the tests.
extern "C" const char* __asan_default_options() { return "handle_segv=0:handle_abort=0:use_sigaltstack=0"; }
#endif

int main(int argc, char** argv) {
  if (started_by_pool()) serve_as_image();
  if (argc == 2 && std::string_view{argv[1]} == "--be-host") return be_host();
  return testing::run_catch(argc, argv);
}
