// Limits and nonsense.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cluster.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mebibyte = 1024ULL * 1024;

int identity(int x) { return x; }
std::size_t length(const std::string& text) { return text.size(); }
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

/// More than a result may have, without there being so much of it.
struct Huge {
  template <class Archive>
  void save(Archive& archive) const {
    constexpr std::size_t part_bytes = 64UL * 1024 * 1024;
    constexpr int parts = 16;
    const std::string part(part_bytes, 'x');
    for (int i = 0; i < parts; ++i) archive(part);
  }
  template <class Archive>
  void load(Archive& archive) {
    std::string ignored;
    archive(ignored);
  }
};

Huge make_huge() { return {}; }

int fill_memory(std::size_t bytes) {
  const std::string filled(bytes, 'x');
  ::write(STDOUT_FILENO, filled.data(), 0);  // so that the compiler must make it
  return wait_for_ever();
}

}  // namespace

TEST_CASE("a result that is larger than results may be is an error that says so, and the worker goes on") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.workers = 1});
  const auto outcome = dispatcher->get_result(dispatcher->run(make_huge));
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::error);
  CHECK_THAT(outcome.error().message(), Catch::Contains("bytes is larger than the 1072693248 bytes that a result may "
                                                        "have: return less, or write it to a file"));
  CHECK(dispatcher->get_result(dispatcher->run(identity, 7)).value() == 7);
}

TEST_CASE("a worker that uses more than worker_memory is ended, and its task's outcome says so") {
  blitzen::MulticoreDispatcher cores{{.workers = 2, .worker_memory = 256 * mebibyte}};
  const auto outcome = cores.get_result(cores.run({.worker_deaths_max = 1}, fill_memory, 320 * mebibyte));
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::poisoned);
  CHECK_THAT(outcome.error().message(),
             Catch::Matches("poisoned: 1 worker died executing it, by SIGKILL on .*: its worker used [0-9.]+ MiB, more "
                            "than the 256 MiB that a worker may have \\(worker_memory\\)"));
  CHECK(outcome.error().deaths().at(0).peak_memory_bytes > 256 * mebibyte);
  CHECK(cores.get_result(cores.run(identity, 7)).value() == 7);
}

TEST_CASE("a client that is spawned ends a worker that uses more than its worker_memory") {
  blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .port = 0, .insecure = true}};
  cluster.spawn_server();
  CHECK(error_of([&] { cluster.spawn_client(1, mebibyte); }) == blitzen::ErrorCode::invalid_option);
  cluster.spawn_client(1, 256 * mebibyte);
  const auto outcome = cluster.get_result(cluster.run({.worker_deaths_max = 1}, fill_memory, 320 * mebibyte));
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::poisoned);
  CHECK_THAT(outcome.error().message(), Catch::Contains("more than the 256 MiB that a worker may have"));
  CHECK(cluster.get_result(cluster.run(identity, 7)).value() == 7);
}

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

TEST_CASE("when arguments take all of memory_limit, run() throws when asked to") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher =
      cluster::make(kind, {.memory_limit = 1000, .at_task_limit = blitzen::AtTaskLimit::throw_error});
  (void)dispatcher->run(wait_for_ever);
  const auto large = dispatcher->run(length, std::string(1000, 'x'));
  CHECK(error_of([&] { (void)dispatcher->run(length, std::string()); }) == blitzen::ErrorCode::task_limit);
  CHECK(dispatcher->get_result(large).value() == 1000);
  CHECK(dispatcher->get_result(dispatcher->run(length, std::string(5000, 'x'))).value() == 5000);
}

TEST_CASE("when arguments take all of memory_limit, run() waits for room otherwise") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.memory_limit = 10'000});
  std::vector<blitzen::Task<std::size_t>> tasks;
  for (std::size_t i = 0; i < 300; ++i) tasks.push_back(dispatcher->run(length, std::string(4000, 'x')));
  for (const auto& outcome : dispatcher->get_results(tasks)) CHECK(outcome.value() == 4000);
}

TEST_CASE("options that make no sense are refused") {
  CHECK(error_of([] { blitzen::MulticoreDispatcher cores{{.workers = -1}}; }) == blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::MulticoreDispatcher cores{{.worker_memory = 1}}; }) ==
        blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::MulticoreDispatcher cores{{.task_limit = 0}}; }) == blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::MulticoreDispatcher cores{{.timeout = -1s}}; }) == blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::DistributedDispatcher cluster{{.revive_limit = -2}}; }) ==
        blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::DistributedDispatcher cluster{{.connect_patience = -1s}}; }) ==
        blitzen::ErrorCode::invalid_option);
  CHECK(error_of([] { blitzen::DistributedDispatcher cluster{{.leave_patience = 0s}}; }) ==
        blitzen::ErrorCode::invalid_option);
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

TEST_CASE("the longest timeout is none") {
  ON_BOTH_KINDS(kind);
  const bool by_default = GENERATE(false, true);
  constexpr auto longest = std::chrono::nanoseconds::max();
  const auto dispatcher = cluster::make(kind, {.timeout = by_default ? longest : 0ns});
  const auto endless =
      by_default ? dispatcher->run(wait_for_ever) : dispatcher->run({.timeout = longest}, wait_for_ever);
  const auto brief = dispatcher->run({.timeout = 50ms}, wait_for_ever);
  CHECK(dispatcher->get_result(brief).kind() == blitzen::OutcomeKind::timed_out);
  CHECK_FALSE(dispatcher->ready(endless));
}

TEST_CASE("a dispatcher spawns no server that it would not use, and nothing after its end") {
  blitzen::DistributedDispatcher elsewhere{{.server = "192.0.2.1", .insecure = true}};
  CHECK(error_of([&] { elsewhere.spawn_server(); }) == blitzen::ErrorCode::invalid_option);
  blitzen::DistributedDispatcher ended{{.server = "127.0.0.1", .insecure = true}};
  ended.shutdown();
  CHECK(error_of([&] { ended.spawn_server(); }) == blitzen::ErrorCode::shut_down);
  CHECK(error_of([&] { ended.spawn_client(1); }) == blitzen::ErrorCode::shut_down);
}

TEST_CASE("a dispatcher reaches the server that it spawns, however its IPv6 address is written") {
  blitzen::DistributedDispatcher cluster{{.server = GENERATE("::1", "[::1]"), .port = 0, .insecure = true}};
  try {
    cluster.spawn_server();
  } catch (const blitzen::Error& error) {
    WARN("this machine has no IPv6 loopback: " << error.what());
    return;
  }
  cluster.spawn_client(1);
  CHECK(cluster.get_result(cluster.run(identity, 6)).value_or(0) == 6);
}

namespace {

int make_a_dispatcher() {
  const blitzen::MulticoreDispatcher nested;
  return 0;
}

}  // namespace

TEST_CASE("a task that makes a dispatcher is told that it cannot") {
  const auto dispatcher = cluster::make(cluster::Kind::multicore);
  const auto outcome = dispatcher->get_result(dispatcher->run(make_a_dispatcher));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().message().find("cannot be made inside a task") != std::string::npos);
}
