#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/gate.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

using namespace std::chrono_literals;

void report_self(const std::string& reports) { report(reports, std::to_string(::getpid())); }

void ignore_sigterm(const std::string& reports) {
  std::signal(SIGTERM, SIG_IGN);
  report_self(reports);
  wait_for_ever();
}

void leave_children(const std::string& reports) {
  std::signal(SIGTERM, SIG_IGN);
  if (::fork() == 0) {
    report_self(reports);
    wait_for_ever();
  }
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) report_self(reports);
    wait_for_ever();
  }
  report_self(reports);
  wait_for_ever();
}

void report_and_spin(const std::string& reports) {
  report_self(reports);
  spin();
}

}  // namespace

TEST_CASE("a task that ignores SIGTERM is gone after its timeout", "[timeouts]") {
  Cluster cluster;
  cluster.start_client(1);
  Reports reports = cluster.make_reports();
  DistributedDispatcher driver(cluster.driver());
  const auto outcome = driver.get_result(driver.run({.timeout = 500ms}, ignore_sigterm, reports.path()));
  CHECK(outcome.kind() == OutcomeKind::timed_out);
  CHECK(outcome.error().message() == "timed out after 0.5 s");
  CHECK(ends(reports.take_process()));
  CHECK(driver.get_result(driver.run(square, 3)).value() == 9);
}

TEST_CASE("the children of a task that timed out are gone too, also those with a session of their own", "[timeouts]") {
  Cluster cluster;
  cluster.start_client(1);
  Reports reports = cluster.make_reports();
  DistributedDispatcher driver(cluster.driver());
  const auto outcome = driver.get_result(driver.run({.timeout = 1s}, leave_children, reports.path()));
  CHECK(outcome.kind() == OutcomeKind::timed_out);
  for (int process = 0; process < 3; ++process) CHECK(ends(reports.take_process()));
}

TEST_CASE("a task that spins is gone after its timeout, and its neighbour is not harmed", "[timeouts]") {
  Cluster cluster;
  cluster.start_client(2);
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto neighbour = driver.run(hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  const auto outcome = driver.get_result(driver.run({.timeout = 500ms}, report_and_spin, reports.path()));
  CHECK(outcome.kind() == OutcomeKind::timed_out);
  CHECK(ends(reports.take_process()));
  gate.open();
  CHECK(driver.get_result(neighbour).value() == worker);
}

}  // namespace blitzen::e2e
