#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>

#include "base/unique_fd.hpp"
#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

/// Signals until the program heeds it: what follows the first signal too soon counts as a part of it.
void insist(const Daemon& daemon) {
  const base::UniqueFd end{static_cast<int>(::syscall(SYS_pidfd_open, daemon.process(), 0))};
  constexpr int pause = 100;
  constexpr int signals_max = 100;
  for (int i = 0; i < signals_max && daemon.count_lines("stopping at once") == 0; ++i) {
    daemon.signal(SIGTERM);
    pollfd readable{end.get(), POLLIN, 0};
    if (::poll(&readable, 1, pause) == 1) return;
  }
}

}  // namespace

TEST_CASE("a client drains at SIGTERM: what runs finishes, what waits goes elsewhere", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto running = driver.run(hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  std::vector<Task<long>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(driver.run(square, i));

  client.signal(SIGTERM);
  client.wait_for_line("draining");
  cluster.start_client(1);
  const auto outcomes = driver.get_results(waiting);
  for (int i = 0; i < 20; ++i) CHECK(outcomes[static_cast<std::size_t>(i)].value() == square(i));
  gate.open();
  CHECK(driver.get_result(running).value() == worker);
  CHECK(client.wait_exit() == status(ExitCode::ok));
  CHECK(reports.empty());
  CHECK_THAT(cluster.server().wait_for_line("client .* left"), Catch::Contains("has drained"));
}

TEST_CASE("a second SIGTERM stops a client at once and leaves no process", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto task = driver.run(hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  const auto processes = tree_of(client.process());
  CHECK(processes.size() > 1);

  client.signal(SIGTERM);
  client.wait_for_line("draining");
  insist(client);
  CHECK(client.wait_exit() == status(ExitCode::ok));
  for (const pid_t process : processes) CHECK(ends(process));

  cluster.start_client(1);
  const pid_t second_worker = reports.take_process();
  CHECK(second_worker != worker);
  gate.open();
  CHECK(driver.get_result(task).value() == second_worker);
}

TEST_CASE("a client that is killed leaves no process", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(2);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(square, 2)).value() == 4);
  const auto processes = tree_of(client.process());
  CHECK(processes.size() > 2);
  client.kill();
  for (const pid_t process : processes) CHECK(ends(process));
}

TEST_CASE("a client whose server is away stops at the first signal", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  cluster.server().kill();
  client.wait_for_line("lost the server");
  client.signal(SIGINT);
  CHECK(client.wait_exit() == status(ExitCode::ok));
}

TEST_CASE("a server stops cleanly at SIGINT and tells everybody", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  Reports reports = cluster.make_reports();
  const Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto task = driver.run(hold, reports.path(), gate.path());
  reports.take();
  cluster.server().signal(SIGINT);
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
  client.wait_for_line("the server said goodbye \\(the server was stopped\\)");
  const auto outcome = driver.get_result(task);
  REQUIRE(outcome.kind() == OutcomeKind::error);
  CHECK_THAT(outcome.error().message(), Catch::Contains("the server was stopped"));
}

TEST_CASE("server and client can be stopped as soon as they say that they are there", "[stopping]") {
  Cluster cluster;
  Daemon& client = cluster.launch_client({"--workers", "1"}, "client");
  client.wait_for_line("connected to ");
  client.signal(SIGTERM);
  CHECK(client.wait_exit() == status(ExitCode::ok));
  cluster.server().signal(SIGTERM);
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
  cluster.restart_server();
  cluster.server().signal(SIGTERM);
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
}

TEST_CASE("why a server could not start is also in its log file", "[stopping]") {
  Cluster cluster;
  const auto log = cluster.directory() / "second.log";
  Daemon& second = cluster.launch(SERVER_PROGRAM,
                                  {"--listen", "127.0.0.1", "--port", std::to_string(cluster.port()), "--key-file",
                                   cluster.key_file(), "--log-file", log},
                                  "second");
  CHECK(second.wait_exit() == status(ExitCode::system));
  std::ifstream file(log);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK_THAT(text, Catch::Contains("ERROR    cannot listen on"));
}

TEST_CASE("a server ends after its duration", "[stopping]") {
  Cluster cluster({"--duration", "0.3"});
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
}

}  // namespace blitzen::e2e
