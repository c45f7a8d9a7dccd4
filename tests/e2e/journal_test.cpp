#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <ios>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

using namespace std::chrono_literals;

namespace {

/// A cluster whose server keeps a journal.
class Journaled {
 public:
  explicit Journaled(const Arguments& more = {}) : cluster_(concat({"--journal", file()}, more)) {}
  [[nodiscard]] std::string file() const { return directory_.path() / "journal"; }
  Cluster* operator->() { return &cluster_; }
  void kill_and_restart() {
    cluster_.server().kill();
    cluster_.restart_server();
  }

 private:
  TemporaryDirectory directory_;
  Cluster cluster_;
};

}  // namespace

TEST_CASE("a server that is killed goes on with its journal where it was", "[journal]") {
  Journaled cluster;
  cluster->start_client(2);
  DistributedDispatcher driver(cluster->driver());
  constexpr int rounds = 5;
  constexpr int tasks_per_round = 2'000;
  std::vector<Task<long>> tasks;
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < tasks_per_round; ++i) tasks.push_back(driver.run(square, static_cast<int>(tasks.size())));
    CHECK(driver.get_result(tasks[tasks.size() - tasks_per_round / 2]).value() > 0);
    cluster.kill_and_restart();
  }
  const auto outcomes = driver.get_results(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) REQUIRE(outcomes[i].value() == square(static_cast<int>(i)));
  CHECK(cluster->server().count_lines("the journal .* brought back") == 1);
}

TEST_CASE("a driver waits for a server with a journal that was stopped in order", "[journal]") {
  Journaled cluster;
  cluster->start_client(1);
  DistributedDispatcher driver(cluster->driver());
  Reports reports = cluster->make_reports();
  Gate gate = cluster->make_gate();
  const auto task = driver.run(hold, reports.path(), gate.path());
  reports.take();
  cluster->server().signal(SIGTERM);
  CHECK(cluster->server().wait_exit() == status(ExitCode::ok));
  cluster->restart_server();
  gate.open();
  CHECK(driver.get_result(task).value() > 0);
  CHECK(reports.empty());
}

TEST_CASE("clients go on while a server with a journal is away, and hand in what they finished", "[journal]") {
  Journaled cluster;
  Daemon& client = cluster->start_client(2);
  DistributedDispatcher driver(cluster->driver());
  Reports reports = cluster->make_reports();
  Gate gate = cluster->make_gate();
  const auto usual = driver.run(hold, reports.path(), gate.path());
  const auto once = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  const long one = reports.take_process();
  const long other = reports.take_process();
  cluster->server().kill();
  client.wait_for_line("lost the server");
  gate.open();
  gate.open();
  cluster->restart_server();
  const long first = driver.get_result(usual).value();
  const long second = driver.get_result(once).value();
  CHECK(((first == one && second == other) || (first == other && second == one)));
  CHECK(reports.empty());
}

TEST_CASE(
    "a task that must not be started twice goes on in a server with a journal, whatever was acknowledged before it",
    "[journal]") {
  Journaled cluster;
  cluster->start_client(2);
  DistributedDispatcher driver(cluster->driver());
  Reports reports = cluster->make_reports();
  Gate gate = cluster->make_gate();
  const auto usual = driver.run(hold, reports.path(), gate.path());
  reports.take();
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);  // which is acknowledged with the next task
  const auto once = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  reports.take();
  cluster->server().kill();
  cluster->restart_server();
  gate.open();
  gate.open();
  CHECK(driver.get_result(usual).value() > 0);
  CHECK(driver.get_result(once).value() > 0);
  CHECK(reports.empty());
}

TEST_CASE("a task that must not be started twice is not, when a server with a journal and its client are killed",
          "[journal]") {
  Journaled cluster;
  Daemon& client = cluster->start_client(1);
  DistributedDispatcher driver(cluster->driver());
  Reports reports = cluster->make_reports();
  const Gate gate = cluster->make_gate();
  const auto once = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  const auto waiting = driver.run({.worker_deaths_max = 1}, square, 4);
  reports.take();
  cluster->server().kill();
  client.kill();
  cluster->restart_server();
  cluster->start_client(1);
  const auto outcome = driver.get_result(once);
  REQUIRE(outcome.kind() == OutcomeKind::error);
  CHECK_THAT(outcome.error().message(), Catch::Contains("must not be started twice"));
  CHECK(driver.get_result(waiting).value() == 16);
  CHECK(reports.empty());
}

TEST_CASE("outcomes outlive the server until their driver has them", "[journal]") {
  Journaled cluster;
  cluster->start_client(1);
  DistributedDispatcher driver(cluster->driver());
  const std::string large(200'000, 'x');
  std::vector<Task<std::string>> tasks;
  for (int i = 0; i < 50; ++i) tasks.push_back(driver.run(with_number, i % 2 == 0 ? large : "", i));
  CHECK(driver.get_result(tasks.front()).value() == large + "0");
  cluster.kill_and_restart();
  const auto outcomes = driver.get_results(tasks);
  for (int i = 0; i < 50; ++i)
    REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == with_number(i % 2 == 0 ? large : "", i));
}

TEST_CASE("a journal that is none, or is in use, is told in one sentence", "[journal]") {
  Journaled cluster;
  Daemon& second = cluster->launch(
      SERVER_PROGRAM, {"--listen", "127.0.0.1", "--port", "0", "--insecure", "--journal", cluster.file()}, "second");
  CHECK(second.wait_exit() == status(ExitCode::system));
  second.wait_for_line("in use");
  const std::string other = cluster->directory() / "letter";
  std::ofstream(other) << "Dear Sir or Madam, this is by no means a journal, but long enough to be one.";
  Daemon& third = cluster->launch(SERVER_PROGRAM,
                                  {"--listen", "127.0.0.1", "--port", "0", "--insecure", "--journal", other}, "third");
  CHECK(third.wait_exit() == status(ExitCode::system));
  third.wait_for_line("not a journal");
}

TEST_CASE("a damaged journal is refused, and salvaged when that is asked for", "[journal]") {
  Journaled cluster;
  DistributedOptions giving_up = cluster->driver();
  giving_up.reconnect_patience = 0ms;
  DistributedDispatcher driver(giving_up);
  driver.connect();  // so that there is something to salvage
  cluster->server().signal(SIGTERM);
  cluster->server().wait_exit();
  {
    std::fstream file(cluster.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(2000, 'x');
  }
  const Arguments arguments{"--listen", "127.0.0.1", "--port", "0", "--insecure", "--journal", cluster.file()};
  Daemon& refused = cluster->launch(SERVER_PROGRAM, arguments, "refused");
  CHECK(refused.wait_exit() == status(ExitCode::system));
  refused.wait_for_line("--journal-salvage");
  Daemon& salvaged = cluster->launch(SERVER_PROGRAM, concat(arguments, {"--journal-salvage"}), "salvaged");
  salvaged.wait_for_line("is kept as .*damaged-1");
  salvaged.wait_for_line("listening on");
}

}  // namespace blitzen::e2e
