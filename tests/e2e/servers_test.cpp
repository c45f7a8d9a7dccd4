#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

using namespace std::chrono_literals;

TEST_CASE("when the server is killed every outstanding task gets an error that says so", "[servers]") {
  Cluster cluster;
  cluster.start_client(1);
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  DistributedOptions impatient = cluster.driver();
  impatient.reconnect_patience = 200ms;
  DistributedDispatcher driver(impatient);
  const auto done = driver.run(square, 5);
  CHECK(driver.get_result(done).value() == 25);
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(driver.run(hold, reports.path(), gate.path()));
  reports.take();

  cluster.server().kill();
  auto outcomes = std::async(std::launch::async, [&] { return driver.get_results(tasks); });
  REQUIRE(outcomes.wait_for(15s) == std::future_status::ready);
  for (const auto& outcome : outcomes.get()) {
    REQUIRE(outcome.kind() == OutcomeKind::error);
    CHECK_THAT(outcome.error().message(), Catch::Contains("the server was lost before this task's outcome arrived"));
  }
  CHECK(driver.get_result(done).value() == 25);
  CHECK_THROWS_AS(driver.run(square, 1), Error);
}

TEST_CASE("a client finds its restarted server again and works with warm workers", "[servers]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(2);
  {
    DistributedDispatcher driver(cluster.driver());
    CHECK(driver.get_result(driver.run(square, 5)).value() == 25);
  }
  cluster.server().kill();
  client.wait_for_line("lost the server .*: connecting again");
  cluster.restart_server();
  client.wait_for_line("connected to ", 2);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(square, 6)).value() == 36);
  CHECK(client.count_lines("fetched the image") == 1);
}

TEST_CASE("what a client executes for a server that was lost is ended when another has taken its place", "[servers]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  DistributedOptions giving_up = cluster.driver();
  giving_up.reconnect_patience = 0ms;
  DistributedDispatcher driver(giving_up);
  static_cast<void>(driver.run(hold, reports.path(), gate.path()));
  const pid_t worker = reports.take_process();
  cluster.server().kill();
  cluster.restart_server();
  client.wait_for_line("connected to ", 2);
  CHECK(ends(worker));
  DistributedDispatcher next(cluster.driver());
  CHECK(next.get_result(next.run(square, 6)).value() == 36);
}

TEST_CASE("a client may be started before its server", "[servers]") {
  Cluster cluster;
  cluster.server().kill();
  Daemon& client = cluster.launch_client({"--workers", "1"}, "early");
  client.wait_for_line("cannot reach blitzen-server at .*\\? Trying again");
  cluster.restart_server();
  client.wait_for_line("connected to ");
}

}  // namespace blitzen::e2e
