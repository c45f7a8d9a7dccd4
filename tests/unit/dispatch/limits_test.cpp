// Limits and nonsense.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

#include "cluster.hpp"

using namespace std::chrono_literals;

namespace {

int identity(int x) { return x; }
int wait_for_ever() {
  while (true) ::pause();
}

template <class Call>
blitzen::ErrorCode error_of(Call&& call) {
  try {
    call();
  } catch (const blitzen::Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("at the task limit run() throws when asked to") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.task_limit = 2, .at_task_limit = blitzen::AtTaskLimit::throw_error});
  (void)dispatcher->run(wait_for_ever);
  (void)dispatcher->run(wait_for_ever);
  CHECK(error_of([&] { (void)dispatcher->run(wait_for_ever); }) == blitzen::ErrorCode::task_limit);
}

TEST_CASE("at the task limit run() waits for room otherwise") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.task_limit = 3});
  std::vector<blitzen::Task<int>> tasks;
  for (int i = 0; i < 300; ++i) tasks.push_back(dispatcher->run(identity, i));
  for (const auto& outcome : dispatcher->get_results(tasks)) CHECK(outcome);
}

TEST_CASE("options that make no sense are refused") {
  CHECK(error_of([] { blitzen::MulticoreDispatcher cores{{.workers = -1}}; }) == blitzen::ErrorCode::invalid_option);
  const auto dispatcher = cluster::make(cluster::Kind::multicore);
  CHECK(error_of([&] { (void)dispatcher->run({.timeout = -1s}, identity, 1); }) == blitzen::ErrorCode::invalid_option);
  CHECK(error_of([&] { (void)dispatcher->run({.worker_deaths_max = 0}, identity, 1); }) ==
        blitzen::ErrorCode::invalid_option);
}

TEST_CASE("a driver without a server learns it as soon as it asks for a result") {
  blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .port = 1, .connect_patience = 0ms, .insecure = true}};
  const auto task = cluster.run(identity, 1);
  CHECK(error_of([&] { (void)cluster.get_result(task); }) == blitzen::ErrorCode::cannot_connect);
}
