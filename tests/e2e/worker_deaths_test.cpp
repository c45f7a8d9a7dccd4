#include <catch2/catch.hpp>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "tests/e2e/cluster.hpp"
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

TEST_CASE("a task that kills two workers is tried a third time", "[worker_deaths]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  const auto task = driver.run(succeed_at_third_try, (cluster.directory() / "tries").string());
  CHECK(driver.get_result(task).value() == 3);
}

}  // namespace blitzen::e2e
