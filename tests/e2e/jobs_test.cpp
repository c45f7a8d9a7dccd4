#include <catch2/catch.hpp>
#include <csignal>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

constexpr const char* job = "sweep";
constexpr auto out = Daemon::Stream::out;

DistributedDispatcher attach(const Cluster& cluster) { return DistributedDispatcher::attach(job, cluster.driver()); }

Arguments with_journal(const TemporaryDirectory& directory) {
  return {"--journal", (directory.path() / "journal").string()};
}

/// Each task of the job is square() of its number.
void check_squares(const std::vector<Outcome<long>>& outcomes, std::size_t count) {
  REQUIRE(outcomes.size() == count);
  for (std::size_t i = 0; i < count; ++i) REQUIRE(outcomes[i].value() == square(static_cast<int>(i)));
}

void kill_and_restart_server(Cluster& cluster) {
  cluster.server().kill();
  cluster.restart_server();
}

}  // namespace

TEST_CASE("a program gets every outcome of a job whose driver was killed", "[jobs]") {
  Cluster cluster;
  cluster.start_client(2);
  Daemon& first = cluster.launch_driver("square-in-job", {job, "10000"});
  first.wait_for_line("submitted", 1, out);
  first.kill();
  auto second = attach(cluster);
  check_squares(second.get_results(second.tasks<long>()), 10'000);
  CHECK(second.join().size() == 10'000);
  CHECK_THROWS_WITH(attach(cluster), Catch::Contains("no job 'sweep'"));
}

TEST_CASE("a job needs nothing of a driver that left it in order", "[jobs]") {
  Cluster cluster;
  Daemon& first = cluster.launch_driver("leave-large-results", {job, "30"});
  CHECK(first.wait_exit() == status(ExitCode::ok));
  cluster.start_client(2);  // which gets the image from the server
  auto second = attach(cluster);
  const auto outcomes = second.get_results(second.tasks<std::string>());
  REQUIRE(outcomes.size() == 30);
  for (int i = 0; i < 30; ++i)
    REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == with_number(std::string(200'000, 'x'), i));
}

TEST_CASE("a job is taken over while its driver works on it", "[jobs]") {
  Cluster cluster;
  cluster.start_client(2);
  Daemon& first = cluster.launch_driver("square-in-job", {job, "200000"});
  first.wait_for_line("submitting", 1, out);
  auto second = attach(cluster);
  CHECK(first.wait_exit() == 1);
  first.wait_for_line("another driver attached to the job 'sweep'");
  const auto tasks = second.tasks<long>();
  check_squares(second.get_results(tasks), tasks.size());
  const auto more = second.run(square, 12);
  CHECK(more.number >= tasks.size());
  CHECK(second.get_result(more).value() == 144);
}

TEST_CASE("a job outlives its driver and its server, which are both killed under load", "[jobs]") {
  const TemporaryDirectory directory;
  Cluster cluster(with_journal(directory));
  cluster.start_client(2);
  Daemon& first = cluster.launch_driver("square-in-job", {job, "20000"});
  first.wait_for_line("submitted", 1, out);
  first.kill();
  kill_and_restart_server(cluster);
  auto second = attach(cluster);
  const auto tasks = second.tasks<long>();
  CHECK(second.get_result(tasks[tasks.size() / 2]).has_value());
  kill_and_restart_server(cluster);
  check_squares(second.get_results(tasks), 20'000);
  second.clear(std::vector(tasks.begin(), tasks.begin() + 10'000));
  second.shutdown();
  kill_and_restart_server(cluster);
  auto third = attach(cluster);
  const auto left = third.tasks<long>();
  REQUIRE(left.size() == 10'000);
  CHECK(left.front().number == 10'000);
  CHECK(third.get_result(left.back()).value() == square(19'999));
}

TEST_CASE("what a server without a journal loses of a job is told as an error", "[jobs]") {
  Cluster cluster;
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  cluster.start_client(1);
  Daemon& first = cluster.launch_driver("hold-in-job", {job, reports.path(), gate.path()});
  reports.take();
  first.kill();
  auto second = attach(cluster);
  const auto found = second.tasks<long>();
  REQUIRE(found.size() == 1);
  const auto own = second.run(square, 3);
  kill_and_restart_server(cluster);
  gate.open();
  const auto lost = second.get_result(found.front());
  REQUIRE(lost.kind() == OutcomeKind::error);
  CHECK_THAT(lost.error().message(), Catch::Contains("has lost this task"));
  CHECK(second.get_result(own).value() == 9);
}

TEST_CASE("a job that nobody attaches to is dropped, which the server's log says", "[jobs]") {
  Cluster cluster({"--job-retention", "0.2"});
  Daemon& first = cluster.launch_driver("leave-large-results", {job, "3"});
  CHECK(first.wait_exit() == status(ExitCode::ok));
  cluster.server().wait_for_line("WARNING .*dropped the job 'sweep' with 3 tasks.*--job-retention");
  CHECK_THROWS_WITH(attach(cluster), Catch::Contains("no job 'sweep'"));
}

TEST_CASE("a server that is stopped says which jobs are lost with it", "[jobs]") {
  Cluster cluster;
  CHECK(cluster.launch_driver("leave-large-results", {job, "3"}).wait_exit() == status(ExitCode::ok));
  cluster.server().signal(SIGTERM);
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
  CHECK(cluster.server().count_lines("WARNING .*lost with this server.*--journal.*: 'sweep' with 3 unsettled") == 1);
}

TEST_CASE("a server with a journal says which jobs it keeps and brings back", "[jobs]") {
  const TemporaryDirectory directory;
  Cluster cluster(with_journal(directory));
  CHECK(cluster.launch_driver("leave-large-results", {job, "3"}).wait_exit() == status(ExitCode::ok));
  cluster.server().signal(SIGTERM);
  CHECK(cluster.server().wait_exit() == status(ExitCode::ok));
  CHECK(cluster.server().count_lines("the journal keeps for the next server: 'sweep' with 3 unsettled tasks") == 1);
  CHECK(cluster.server().count_lines("is kept for") == 1);
  cluster.restart_server();
  CHECK(cluster.server().count_lines("jobs to attach to: 'sweep' with 3 unsettled tasks and 0 outcomes") == 1);
}

}  // namespace blitzen::e2e
