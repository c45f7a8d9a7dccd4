#include <catch2/catch.hpp>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/gate.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

long square_unless_tenth(int i) {
  if (i % 10 == 0) ::raise(SIGKILL);
  return square(i);
}

void crash_with_last_words() {
  std::cerr << "these are my last words" << std::endl;
  std::signal(SIGSEGV, SIG_DFL);  // a sanitizer would have it otherwise
  ::raise(SIGSEGV);
}

void exit_with_3() { std::_Exit(3); }

/// Leaves a byte in a file with each try.
std::uintmax_t succeed_at_third_try(const std::string& file) {
  std::ofstream(file, std::ios::app) << 'x' << std::flush;
  const auto tries = std::filesystem::file_size(file);
  if (tries < 3) std::abort();
  return tries;
}

/// Longer than anybody waits.
void fill_memory(std::size_t bytes) {
  const std::string filled(bytes, 'x');
  std::cout << filled.substr(0, 1) << std::endl;
  wait_for_ever();
}

}  // namespace

TEST_CASE("of 1,000 tasks of which every tenth kills its worker 900 have values and 100 are poisoned",
          "[worker_deaths]") {
  Cluster cluster;
  cluster.start_client(2);
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 1000; ++i) tasks.push_back(driver.run(square_unless_tenth, i));
  const auto outcomes = driver.get_results(tasks);
  int values = 0;
  int poisoned = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto& outcome = outcomes[static_cast<std::size_t>(i)];
    if (i % 10 != 0) {
      values += outcome.value_or(-1) == square(i) ? 1 : 0;
    } else if (outcome.kind() == OutcomeKind::poisoned && outcome.error().deaths().size() == 3) {
      poisoned += outcome.error().message().find("SIGKILL") != std::string::npos ? 1 : 0;
    }
  }
  CHECK(values == 900);
  CHECK(poisoned == 100);
}

TEST_CASE("a poisoned outcome tells signal, host and last words of each worker", "[worker_deaths]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  const auto outcome = driver.get_result(driver.run(crash_with_last_words));
  REQUIRE(outcome.kind() == OutcomeKind::poisoned);
  REQUIRE(outcome.error().deaths().size() == 3);
  for (const WorkerDeath& death : outcome.error().deaths()) {
    CHECK(death.signal == SIGSEGV);
    CHECK(death.host == outcome.error().deaths().front().host);
    CHECK_FALSE(death.host.empty());
    CHECK(death.peak_memory_bytes > 0);
    CHECK_THAT(death.last_lines, Catch::Contains("these are my last words"));
  }
}

TEST_CASE("a task that may kill one worker only is not tried again", "[worker_deaths]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  const auto outcome = driver.get_result(driver.run({.worker_deaths_max = 1}, exit_with_3));
  REQUIRE(outcome.kind() == OutcomeKind::poisoned);
  REQUIRE(outcome.error().deaths().size() == 1);
  CHECK(outcome.error().deaths().front().signal == 0);
  CHECK(outcome.error().deaths().front().exit_status == 3);
}

TEST_CASE("a worker that uses more than --worker-memory is ended, the outcome says so, its neighbour goes on",
          "[worker_deaths]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(2, {"--worker-memory", "256M"});
  Reports reports = cluster.make_reports();
  Gate gate = cluster.make_gate();
  DistributedDispatcher driver(cluster.driver());
  const auto neighbour = driver.run({.worker_deaths_max = 1}, hold, reports.path(), gate.path());
  const pid_t worker = reports.take_process();
  const auto outcome = driver.get_result(driver.run(fill_memory, 320UL * 1024 * 1024));
  REQUIRE(outcome.kind() == OutcomeKind::poisoned);
  CHECK(outcome.error().deaths().size() == 3);
  CHECK_THAT(outcome.error().message(),
             Catch::Matches("poisoned: 3 workers died executing it, the last by SIGKILL on .*: its worker used [0-9.]+ "
                            "MiB, more than the 256 MiB that a worker may have \\(--worker-memory\\)"));
  client.wait_for_line("its worker used .* \\(--worker-memory\\)");
  gate.open();
  CHECK(driver.get_result(neighbour).value() == worker);
}

TEST_CASE("a task that kills two workers is tried a third time", "[worker_deaths]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  const auto task = driver.run(succeed_at_third_try, (cluster.directory() / "tries").string());
  CHECK(driver.get_result(task).value() == 3);
}

}  // namespace blitzen::e2e
