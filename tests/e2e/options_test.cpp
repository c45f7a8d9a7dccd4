#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

using namespace std::chrono_literals;

TEST_CASE("a driver is held to the server's --task-limit", "[options]") {
  Cluster cluster({"--task-limit", "10"});
  DistributedOptions options = cluster.driver();
  options.at_task_limit = AtTaskLimit::throw_error;
  DistributedDispatcher driver(options);
  driver.connect();
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 10; ++i) tasks.push_back(driver.run(square, i));
  try {
    static_cast<void>(driver.run(square, 10));
    FAIL("the eleventh task was accepted");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::task_limit);
  }
  cluster.start_client(1);
  CHECK(driver.get_results(tasks).size() == 10);
  CHECK(driver.get_result(driver.run(square, 10)).value() == 100);
}

TEST_CASE("a driver at the limit waits for room and loses nothing", "[options]") {
  Cluster cluster({"--task-limit", "10"});
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  driver.connect();
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 500; ++i) tasks.push_back(driver.run(square, i));
  const auto outcomes = driver.get_results(tasks);
  for (int i = 0; i < 500; ++i) CHECK(outcomes[static_cast<std::size_t>(i)].value() == square(i));
}

TEST_CASE("the server's --timeout is that of tasks that ask for none", "[options]") {
  Cluster cluster({"--timeout", "0.2"});
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(spin)).kind() == OutcomeKind::timed_out);
  const auto longer = driver.run({.timeout = 60s}, take_milliseconds, 400);
  CHECK(driver.get_result(longer).kind() == OutcomeKind::value);
}

TEST_CASE("a client is disconnected when a slot has more timeouts than --revive-limit", "[options]") {
  Cluster cluster({"--revive-limit", "1"});
  Daemon& client = cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run({.timeout = 50ms}, spin)).kind() == OutcomeKind::timed_out);
  CHECK(driver.get_result(driver.run(square, 2)).value() == 4);
  CHECK(cluster.server().count_lines("dropped client") == 0);
  CHECK(driver.get_result(driver.run({.timeout = 50ms}, spin)).kind() == OutcomeKind::timed_out);
  cluster.server().wait_for_line(R"(dropped client .*\(--revive-limit\) of 1)");
  client.wait_for_line(R"(\(--revive-limit\) of 1)");
}

TEST_CASE("a misspelt key of the config file is named and ends the program", "[options]") {
  const TemporaryDirectory directory;
  const auto config = directory.path() / "misspelt.conf";
  std::ofstream(config) << "workers = 2\nserfer = \"127.0.0.1\"\ntask-limmit = 5\n";
  const std::string program = GENERATE(SERVER_PROGRAM, CLIENT_PROGRAM);
  CAPTURE(program);
  Daemon daemon({.program = program, .arguments = {"--config", config}, .directory = directory.path()});
  CHECK(daemon.wait_exit() == status(ExitCode::usage));
  CHECK_THAT(daemon.text(Daemon::Stream::err), Catch::Matches("error: .*misspelt.conf, line [12]: unknown key .*\n"));
}

TEST_CASE("programs are set up by a config file and by the environment", "[options]") {
  Cluster cluster;
  const auto config = cluster.directory() / "client.conf";
  std::ofstream(config) << "server = \"127.0.0.1\"\nport = " << cluster.port() << "\nkey-file = " << cluster.key_file()
                        << "\n";
  Daemon client({.program = CLIENT_PROGRAM,
                 .arguments = {"--config", config},
                 .directory = cluster.directory() / "configured",
                 .environment = {{"BLITZEN_WORKERS", "3"}}});
  CHECK_THAT(client.wait_for_line("connected to "), Catch::Contains("lending 3 workers"));
}

}  // namespace blitzen::e2e
