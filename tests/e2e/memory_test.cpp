#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

void check_memory(pid_t process, std::uint64_t bytes_max) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  // Sanitizers keep what is freed, and shadows of it.
  static_cast<void>(process);
  static_cast<void>(bytes_max);
#else
  CHECK(resident_bytes(process) < bytes_max);
#endif
}

}  // namespace

TEST_CASE("a driver with more arguments than the server has memory for gets every result", "[memory]") {
  constexpr std::uint64_t mebibyte = 1024 * 1024;
  Cluster cluster({"--memory-limit", "16M"});
  DistributedDispatcher driver(cluster.driver());
  std::vector<Task<std::size_t>> tasks;
  for (std::size_t i = 0; i < 64; ++i) tasks.push_back(driver.run(length, std::string(4 * mebibyte + i, 'x')));
  cluster.server().wait_for_line("drivers wait until there is room");
  check_memory(cluster.server().process(), 128 * mebibyte);
  cluster.start_client(2);
  const auto outcomes = driver.get_results(tasks);
  for (std::size_t i = 0; i < outcomes.size(); ++i) CHECK(outcomes[i].value() == 4 * mebibyte + i);
  check_memory(cluster.server().process(), 192 * mebibyte);
}

}  // namespace blitzen::e2e
