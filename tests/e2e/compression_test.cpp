// What travels compressed is the same as what travels as it is.
#include <catch2/catch.hpp>
#include <random>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

std::string reverse(std::string text) { return {text.rbegin(), text.rend()}; }

/// Letters out of so many, in random order: few compress well, 256 not at all.
std::string letters(std::size_t size, unsigned count) {
  std::mt19937 random{count};
  std::string text(size, '\0');
  for (char& letter : text) letter = static_cast<char>(random() % count);
  return text;
}

void check_that_it_works(DistributedDispatcher& driver) {
  for (const unsigned count : {1U, 12U, 256U}) {
    const std::string small = letters(10'000, count);
    const std::string large = letters(3'000'000, count);
    const auto small_task = driver.run(reverse, small);
    const auto large_task = driver.run(reverse, large);
    CHECK((driver.get_result(small_task).value() == reverse(small)));
    CHECK((driver.get_result(large_task).value() == reverse(large)));
  }
  std::vector<Task<long>> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(driver.run(square, i));
  const auto outcomes = driver.get_results(tasks);
  int wrong = 0;
  for (int i = 0; i < 10'000; ++i) wrong += outcomes[static_cast<std::size_t>(i)].value_or(-1) == square(i) ? 0 : 1;
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("tasks and images travel compressed between programs that all want it", "[compression]") {
  Cluster cluster({"--compression", "on"});
  Daemon& client = cluster.start_client(2, {"--compression", "on"});
  CHECK_THAT(client.wait_for_line("connected to "), Catch::Contains(", compressed)"));
  DistributedOptions options = cluster.driver();
  options.compression = Compression::on;
  DistributedDispatcher driver(options);
  check_that_it_works(driver);
}

TEST_CASE("each connection is compressed or not, as its own two ends want", "[compression]") {
  Cluster cluster({"--compression", "on"});
  const bool client_compresses = GENERATE(true, false);
  Daemon& client = cluster.start_client(1, {"--compression", client_compresses ? "on" : "off"});
  CHECK(client.count_lines(", compressed") == (client_compresses ? 1 : 0));
  DistributedOptions options = cluster.driver();
  options.compression = client_compresses ? Compression::off : Compression::on;
  DistributedDispatcher driver(options);
  check_that_it_works(driver);
}

TEST_CASE("within one machine nothing is compressed unless both sides insist", "[compression]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(1);
  Daemon& insisting = cluster.start_client(1, {"--compression", "on"});
  CHECK(client.count_lines(", compressed") == 0);
  CHECK(insisting.count_lines(", compressed") == 0);
}

}  // namespace blitzen::e2e
