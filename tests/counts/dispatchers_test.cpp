// The limits stand a little above what is needed today: they are there to notice an allocation that comes with every
// task, not one that comes with every packet.
#include <blitzen/blitzen.hpp>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "allocations.hpp"
#include "tests/support/temporary_directory.hpp"

using blitzen::Task;

namespace {

constexpr int task_count = 20'000;

int doubled(int x) { return 2 * x; }

std::vector<Task<int>> submit_all(blitzen::Dispatcher& dispatcher) {
  std::vector<Task<int>> tasks;
  tasks.reserve(task_count);
  for (int i = 0; i < task_count; ++i) tasks.push_back(dispatcher.run(doubled, i));
  return tasks;
}

void fetch_all(blitzen::Dispatcher& dispatcher, const std::vector<Task<int>>& tasks) {
  const auto outcomes = dispatcher.get_results(tasks);
  for (int i = 0; i < task_count; ++i)
    if (outcomes[static_cast<std::size_t>(i)].value() != 2 * i) FAIL("task " << i << " has a wrong result");
}

}  // namespace

TEST_CASE("a task of a MulticoreDispatcher costs a fraction of an allocation") {
  blitzen::MulticoreDispatcher dispatcher({.workers = 2});
  fetch_all(dispatcher, submit_all(dispatcher));
  dispatcher.clear();
  const double cost = counts::allocations_per_task(task_count, [&] { fetch_all(dispatcher, submit_all(dispatcher)); });
  CHECK(cost < 0.2);
}

TEST_CASE("a task of a cluster costs a fraction of an allocation in driver, server and client together") {
  blitzen::DistributedDispatcher dispatcher({.server = "127.0.0.1", .port = 0, .insecure = true});
  dispatcher.spawn_server(std::chrono::minutes{1});
  dispatcher.connect();
  std::vector<Task<int>> tasks;
  const double queueing = counts::allocations_per_task(task_count, [&] { tasks = submit_all(dispatcher); });
  dispatcher.spawn_client(2);
  fetch_all(dispatcher, tasks);
  dispatcher.clear();
  const double cost = counts::allocations_per_task(task_count, [&] { fetch_all(dispatcher, submit_all(dispatcher)); });
  CHECK(queueing < 0.2);
  CHECK(cost < 0.2);
}

TEST_CASE("a program travels to a client without a copy of it being made on the way") {
  const blitzen::testing::TemporaryDirectory home;
  ::setenv("XDG_CACHE_HOME", home.path().c_str(), 1);  // where it is not yet
  const auto program_bytes = std::filesystem::file_size("/proc/self/exe");
  REQUIRE(program_bytes > 1'000'000);
  blitzen::DistributedDispatcher dispatcher({.server = "127.0.0.1", .port = 0, .insecure = true});
  const std::size_t largest = counts::largest_allocation([&] {
    dispatcher.spawn_server(std::chrono::minutes{1});
    dispatcher.spawn_client(1);
    CHECK(dispatcher.get_result(dispatcher.run(doubled, 1)).value() == 2);
  });
  CHECK(largest < program_bytes / 2);
}
