#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"
#include "tests/support/proxy.hpp"

namespace blitzen::e2e {

namespace {

DistributedOptions by_way_of(const testing::Proxy& proxy, const Cluster& cluster) {
  DistributedOptions options = cluster.driver();
  options.port = proxy.port();
  return options;
}

}  // namespace

TEST_CASE("a driver whose connection breaks gets its results as if nothing had happened", "[reconnecting]") {
  Cluster cluster;
  cluster.start_client(2);
  testing::Proxy proxy(cluster.port());
  DistributedDispatcher driver(by_way_of(proxy, cluster));
  constexpr int rounds = 10;
  constexpr int tasks_per_round = 1'000;
  std::vector<Task<long>> tasks;
  std::size_t cuts = 0;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < tasks_per_round; ++i) tasks.push_back(driver.run(square, static_cast<int>(tasks.size())));
    CHECK(driver.get_result(tasks[tasks.size() / 2]).value() >= 0);
    cuts += proxy.cut();
  }
  CHECK(cuts > 0);
  const auto outcomes = driver.get_results(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) REQUIRE(outcomes[i].value() == square(static_cast<int>(i)));
}

TEST_CASE("large arguments and results survive a broken connection", "[reconnecting]") {
  Cluster cluster;
  cluster.start_client(2);
  testing::Proxy proxy(cluster.port());
  DistributedDispatcher driver(by_way_of(proxy, cluster));
  const std::string large(1024 * 1024, 'x');
  std::vector<Task<std::string>> tasks;
  for (int i = 0; i < 40; ++i) tasks.push_back(driver.run(with_number, large, i));
  for (const int awaited : {0, 10, 20, 30}) {
    CHECK(driver.get_result(tasks[static_cast<std::size_t>(awaited)]).value() == with_number(large, awaited));
    static_cast<void>(proxy.cut());
  }
  const auto outcomes = driver.get_results(tasks);
  for (int i = 0; i < 40; ++i) REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == with_number(large, i));
}

TEST_CASE("a task that was cleared while its driver's connection was dead is ended when it comes back",
          "[reconnecting]") {
  Cluster cluster;
  cluster.start_client(1);
  testing::Proxy proxy(cluster.port());
  DistributedDispatcher driver(by_way_of(proxy, cluster));
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  const auto task = driver.run(hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  CHECK(proxy.mute() == 1);
  driver.clear(std::vector{task});
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);  // for which the worker must be free
  CHECK(ends(worker));
}

TEST_CASE("a server that is started anew is sent again what had no outcome", "[reconnecting]") {
  Cluster cluster;
  cluster.start_client(2);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  const auto held = driver.run(hold, reports.path(), gate.path());
  reports.take();
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 1'000; ++i) tasks.push_back(driver.run(square, i));
  cluster.server().kill();
  cluster.restart_server();
  reports.take();  // it runs again
  gate.open();
  CHECK(driver.get_result(held).value() > 0);
  const auto outcomes = driver.get_results(tasks);
  for (int i = 0; i < 1'000; ++i) REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == square(i));
}

TEST_CASE("a task that must not be started twice gets an error when its server is lost", "[reconnecting]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  const auto once = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  reports.take();
  cluster.server().kill();
  cluster.restart_server();
  const auto outcome = driver.get_result(once);
  REQUIRE(outcome.kind() == OutcomeKind::error);
  CHECK_THAT(outcome.error().message(), Catch::Contains("must not be started twice"));
  CHECK(reports.empty());
}

TEST_CASE("a task that must not be started twice gets an error when its server has forgotten its driver",
          "[reconnecting]") {
  Cluster cluster({"--driver-patience", "0"});
  cluster.start_client(1);
  testing::Proxy proxy(cluster.port());
  DistributedDispatcher driver(by_way_of(proxy, cluster));
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  const auto once = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  proxy.detain();  // it must not come back before it is missed
  CHECK(proxy.cut() == 1);
  cluster.server().wait_for_line("did not come back");
  proxy.release();
  const auto outcome = driver.get_result(once);
  REQUIRE(outcome.kind() == OutcomeKind::error);
  CHECK_THAT(outcome.error().message(), Catch::Contains("must not be started twice"));
  CHECK(ends(worker));
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);
  CHECK(reports.empty());
}

TEST_CASE("a driver can be shut down while it tries to come back", "[reconnecting]") {
  Cluster cluster;
  DistributedDispatcher driver(cluster.driver());
  driver.connect();
  const auto task = driver.run(square, 3);
  cluster.server().kill();
  driver.shutdown();
  CHECK(driver.get_result(task).kind() == OutcomeKind::cancelled);
}

}  // namespace blitzen::e2e
