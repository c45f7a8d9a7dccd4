#include <catch2/catch.hpp>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/task_library/library_tasks.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

int known_to_the_driver_only(int n) { return n; }

}  // namespace
}  // namespace blitzen::e2e

BLITZEN_TASK(blitzen::e2e::known_to_the_driver_only)

namespace blitzen::e2e {

TEST_CASE("a client with a task library and no shipped code runs registered functions", "[libraries]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1, {"--tasks", TASK_LIBRARY, "--no-shipped-code"});
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(common::add, 3, 4)).value() == 7);
  CHECK(driver.get_result(driver.run(common::whose_process)).value() == "blitzen-client");
  CHECK(client.count_lines("fetched the image") == 0);
}

TEST_CASE("a client without shipped code refuses all else with a sentence", "[libraries]") {
  Cluster cluster;
  cluster.start_client(1, {"--tasks", TASK_LIBRARY, "--no-shipped-code"});
  DistributedDispatcher driver(cluster.driver());
  const auto unregistered = driver.get_result(driver.run(square, 3));
  REQUIRE(unregistered.kind() == OutcomeKind::error);
  CHECK_THAT(unregistered.error().message(), Catch::Contains("task libraries only (--no-shipped-code)"));
  const auto unknown = driver.get_result(driver.run(known_to_the_driver_only, 3));
  REQUIRE(unknown.kind() == OutcomeKind::error);
  CHECK_THAT(unknown.error().message(),
             Catch::Contains("no function is registered as 'blitzen::e2e::known_to_the_driver_only'"));
  CHECK(driver.get_result(driver.run(common::add, 3, 4)).value() == 7);
}

TEST_CASE("a client with a task library and shipped code runs both", "[libraries]") {
  Cluster cluster;
  cluster.start_client(1, {"--tasks", TASK_LIBRARY});
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(common::whose_process)).value() == "blitzen-client");
  CHECK(driver.get_result(driver.run(known_to_the_driver_only, 3)).value() == 3);
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);
}

TEST_CASE("what one client refuses runs on another", "[libraries]") {
  Cluster cluster;
  cluster.start_client(1, {"--tasks", TASK_LIBRARY, "--no-shipped-code"});
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 50; ++i) tasks.push_back(driver.run(square, i));
  const auto outcomes = driver.get_results(tasks);
  for (int i = 0; i < 50; ++i) CHECK(outcomes[static_cast<std::size_t>(i)].value() == square(i));
}

TEST_CASE("a client says at once that a task library cannot be loaded", "[libraries]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1, {"--tasks", BROKEN_LIBRARY});
  CHECK_THAT(client.wait_for_line("WARNING"),
             Catch::Contains(std::filesystem::path(BROKEN_LIBRARY).filename().string()) &&
                 Catch::Contains("function_that_nobody_has"));
}

TEST_CASE("a task library that is not there ends the client with a sentence", "[libraries]") {
  Cluster cluster;
  Daemon& client = cluster.launch_client({"--tasks", "./missing.so"}, "client");
  CHECK(client.wait_exit() == status(ExitCode::usage));
  CHECK_THAT(client.text(Daemon::Stream::err), Catch::Contains("missing.so: there is no such file"));
}

}  // namespace blitzen::e2e
