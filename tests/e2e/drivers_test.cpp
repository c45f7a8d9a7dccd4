#include <catch2/catch.hpp>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

int times(int a, int b) { return a * b; }

}  // namespace

TEST_CASE("two drivers at once each get their own results", "[drivers]") {
  Cluster cluster;
  cluster.start_client(2);
  DistributedDispatcher one(cluster.driver());
  DistributedDispatcher other(cluster.driver());
  std::vector<Task<int>> tasks_of_one;
  std::vector<Task<int>> tasks_of_other;
  for (int i = 0; i < 2000; ++i) {
    tasks_of_one.push_back(one.run(times, i, 3));
    tasks_of_other.push_back(other.run(times, i, 5));
  }
  const auto outcomes_of_one = one.get_results(tasks_of_one);
  const auto outcomes_of_other = other.get_results(tasks_of_other);
  int wrong = 0;
  for (int i = 0; i < 2000; ++i) {
    wrong += outcomes_of_one[static_cast<std::size_t>(i)].value_or(-1) == 3 * i ? 0 : 1;
    wrong += outcomes_of_other[static_cast<std::size_t>(i)].value_or(-1) == 5 * i ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a driver with 20,000 queued tasks does not keep another from finishing first", "[drivers]") {
  Cluster cluster;
  cluster.start_client(2);
  DistributedDispatcher busy(cluster.driver());
  for (int i = 0; i < 20'000; ++i) static_cast<void>(busy.run(take_milliseconds, 2));
  DistributedDispatcher modest(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(modest.run(square, i));
  for (int i = 0; i < 20; ++i) CHECK(modest.get_result(tasks[static_cast<std::size_t>(i)]).value() == square(i));
  CHECK(busy.unsettled() > 10'000);
}

TEST_CASE("when a driver is killed its tasks are ended, and their slots serve others", "[drivers]") {
  Cluster cluster;
  cluster.start_client(1);
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  Daemon& victim = cluster.launch_driver("wait-for-held-tasks", {reports.path(), gate.path()});
  const pid_t worker = reports.take_process();

  victim.kill();
  CHECK(ends(worker));
  DistributedDispatcher survivor(cluster.driver());
  CHECK(survivor.get_result(survivor.run(square, 12)).value() == 144);
  CHECK(reports.empty());
  CHECK_THAT(cluster.server().wait_for_line("driver .* left"),
             Catch::Contains("process " + std::to_string(victim.process())));
}

TEST_CASE("a driver that shuts down ends its tasks, and their slots serve others", "[drivers]") {
  Cluster cluster;
  cluster.start_client(1);
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  DistributedDispatcher hasty(cluster.driver());
  const auto task = hasty.run(hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  hasty.shutdown();
  CHECK(hasty.get_result(task).kind() == OutcomeKind::cancelled);
  CHECK(ends(worker));
  DistributedDispatcher other(cluster.driver());
  CHECK(other.get_result(other.run(square, 12)).value() == 144);
}

}  // namespace blitzen::e2e
