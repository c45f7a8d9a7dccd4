#include <catch2/catch.hpp>
#include <numeric>
#include <stdexcept>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

std::string reverse(std::string text) { return {text.rbegin(), text.rend()}; }

int fail(int number) { throw std::out_of_range("number " + std::to_string(number)); }

}  // namespace

TEST_CASE("10,000 tasks come back right and in order through an encrypted cluster", "[results]") {
  Cluster cluster;
  cluster.start_client(2);
  CHECK_THAT(cluster.server().wait_for_line("listening on"), Catch::Contains(", key "));
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(driver.run(square, i));
  const auto outcomes = driver.get_results(tasks);
  REQUIRE(outcomes.size() == 10'000);
  int wrong = 0;
  for (int i = 0; i < 10'000; ++i) wrong += outcomes[static_cast<std::size_t>(i)].value_or(-1) == square(i) ? 0 : 1;
  CHECK(wrong == 0);
}

TEST_CASE("arguments and results of many megabytes come back right", "[results]") {
  Cluster cluster;
  cluster.start_client(2);
  DistributedDispatcher driver(cluster.driver());
  std::string text(20 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * i >> 3U);
  const auto reversed = driver.run(reverse, text);
  const auto small = driver.run(square, 9);
  CHECK(driver.get_result(small).value() == 81);
  CHECK((driver.get_result(reversed).value() == reverse(text)));
}

TEST_CASE("what a task throws arrives with its type and its words", "[results]") {
  Cluster cluster;
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  const auto outcome = driver.get_result(driver.run(fail, 7));
  CHECK(outcome.kind() == OutcomeKind::error);
  CHECK(outcome.error().exception_type() == "std::out_of_range");
  CHECK(outcome.error().exception_what() == "number 7");
}

TEST_CASE("tasks wait for the first client, and join returns every outcome in submission order", "[results]") {
  Cluster cluster;
  DistributedDispatcher driver(cluster.driver());
  for (int i = 0; i < 100; ++i) static_cast<void>(driver.run(square, i));
  driver.connect();
  cluster.start_client(2);
  const auto outcomes = driver.join();
  REQUIRE(outcomes.size() == 100);
  for (int i = 0; i < 100; ++i) CHECK(outcomes[static_cast<std::size_t>(i)].as<long>().value() == square(i));
  CHECK_THROWS_AS(driver.run(square, 1), Error);
}

}  // namespace blitzen::e2e
