#include <catch2/catch.hpp>
#include <set>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

TEST_CASE("when a client is killed mid-task its task runs on another client", "[clients]") {
  Cluster cluster;
  Daemon& first = cluster.start_client(1);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto held = driver.run(hold, reports.path(), gate.path());
  const pid_t first_worker = reports.take_process();

  cluster.start_client(1);
  first.kill();
  const pid_t second_worker = reports.take_process();
  CHECK(second_worker != first_worker);
  CHECK(ends(first_worker));
  gate.open();
  CHECK(driver.get_result(held).value() == second_worker);
  CHECK(reports.empty());
}

TEST_CASE("when a client is killed under load nothing is lost", "[clients]") {
  Cluster cluster;
  Daemon& victim = cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 2000; ++i) tasks.push_back(driver.run(square, i));
  CHECK(driver.get_result(tasks.front()).value() == 0);
  victim.kill();
  for (int i = 2000; i < 4000; ++i) tasks.push_back(driver.run(square, i));
  cluster.start_client(1);
  const auto outcomes = driver.get_results(tasks);
  int wrong = 0;
  for (int i = 0; i < 4000; ++i) wrong += outcomes[static_cast<std::size_t>(i)].value_or(-1) == square(i) ? 0 : 1;
  CHECK(wrong == 0);
}

TEST_CASE("tasks run on every client there is", "[clients]") {
  Cluster cluster;
  cluster.start_client(1);
  cluster.start_client(2);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(driver.run(hold, reports.path(), gate.path()));
  std::set<long> workers;
  for (int i = 0; i < 3; ++i) workers.insert(reports.take_process());
  CHECK(workers.size() == 3);
  gate.open();
  std::set<long> returned;
  for (const auto& outcome : driver.get_results(tasks)) returned.insert(outcome.value());
  CHECK(returned == workers);
}

}  // namespace blitzen::e2e
