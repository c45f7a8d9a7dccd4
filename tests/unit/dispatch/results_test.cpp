// Fetching, keeping and forgetting outcomes.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <numeric>
#include <thread>
#include <vector>

#include "cluster.hpp"

using namespace std::chrono_literals;

namespace {

int identity(int x) { return x; }
double half(int x) { return x / 2.0; }
int wait_for_ever() {
  while (true) ::pause();
}

}  // namespace

TEST_CASE("outcomes come in the order of the tasks asked for") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<blitzen::Task<int>> tasks;
  for (int i = 0; i < 10'000; ++i) tasks.push_back(dispatcher->run(identity, i));
  std::reverse(tasks.begin(), tasks.end());
  const auto outcomes = dispatcher->get_results(tasks);
  REQUIRE(outcomes.size() == 10'000);
  for (int i = 0; i < 10'000; ++i) REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == 9'999 - i);
}

TEST_CASE("the value of an outcome that nobody keeps is kept by whoever reads it") {
  using blitzen::Outcome;
  std::vector<double> read;
  for (const double x : Outcome<std::vector<double>>({1, 4, 9}, {}).value()) read.push_back(x);
  CHECK(read == std::vector<double>{1, 4, 9});
  const auto& value = Outcome<std::string>(std::string(100, 'x'), {}).value();
  CHECK(value == std::string(100, 'x'));
}

TEST_CASE("join returns every outcome in submission order and shuts down") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto first = dispatcher->run(identity, 1);
  const auto second = dispatcher->run(half, 3);
  const auto outcomes = dispatcher->join();
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].number() == first.number);
  CHECK(outcomes[0].as<int>().value() == 1);
  CHECK(outcomes[1].as<double>().value() == 1.5);
  CHECK_THROWS_AS(outcomes[1].as<int>(), blitzen::Error);
  CHECK_THROWS_AS(dispatcher->run(identity, 1), blitzen::Error);
  CHECK(dispatcher->get_result(second).value() == 1.5);
}

TEST_CASE("outcomes can be fetched again until they are cleared") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run(identity, 5);
  CHECK(dispatcher->get_result(task).value() == 5);
  CHECK(dispatcher->get_result(task).value() == 5);
  dispatcher->clear();
  CHECK_THROWS_AS(dispatcher->get_result(task), blitzen::Error);
  CHECK(dispatcher->get_results().empty());
}

TEST_CASE("one cleared task among many that are asked for is told of") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<blitzen::Task<int>> tasks;
  for (int i = 0; i < 5'000; ++i) tasks.push_back(dispatcher->run(identity, i));
  const std::size_t cleared = GENERATE(0U, 2'500U, 4'999U);
  dispatcher->clear(std::vector{tasks[cleared]});
  CHECK_THROWS_AS(dispatcher->get_results(tasks), blitzen::Error);
  tasks.erase(tasks.begin() + static_cast<std::ptrdiff_t>(cleared));
  CHECK(dispatcher->get_results(tasks).size() == tasks.size());
}

TEST_CASE("clearing a running task frees its slot") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.workers = 1});
  const std::vector<blitzen::Task<int>> stuck{dispatcher->run(wait_for_ever)};
  const auto next = dispatcher->run(identity, 6);
  dispatcher->clear(stuck);
  CHECK(dispatcher->get_result(next).value() == 6);
  CHECK(dispatcher->unsettled() == 0);
}

TEST_CASE("what another thread clears is left out by who waits for all tasks") {
  ON_BOTH_KINDS(kind);
  const bool joins = GENERATE(false, true);
  const auto dispatcher = cluster::make(kind, {.workers = 1});
  const auto kept = dispatcher->run(identity, 1);
  CHECK(dispatcher->get_result(kept).value() == 1);
  const std::vector<blitzen::Task<int>> stuck{dispatcher->run(wait_for_ever), dispatcher->run(wait_for_ever)};
  // Whether it comes before or after the waiting began must make no difference.
  std::jthread clears([&] { dispatcher->clear(stuck); });
  const auto outcomes = joins ? dispatcher->join() : dispatcher->get_results();
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes.front().as<int>().value() == 1);
}

TEST_CASE("threads may clear everything while others wait for everything") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) dispatcher->clear();
    });
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        (void)dispatcher->run(identity, i);
        for (const auto& outcome : dispatcher->get_results()) (void)outcome.as<int>().value();
      }
    });
  }
  threads.clear();
  CHECK_NOTHROW(dispatcher->join());
}

TEST_CASE("a task cleared before there is a server is not waited for") {
  blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .port = 1, .connect_patience = 1h, .insecure = true}};
  const std::vector<blitzen::Task<int>> tasks{cluster.run(identity, 1)};
  std::jthread clears([&] { cluster.clear(tasks); });
  CHECK(cluster.get_results().empty());
}

TEST_CASE("join shuts down also when it throws") {
  blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .port = 1, .connect_patience = 0ms, .insecure = true}};
  const auto task = cluster.run(identity, 1);
  CHECK_THROWS_AS(cluster.join(), blitzen::Error);
  CHECK(cluster.get_result(task).kind() == blitzen::OutcomeKind::cancelled);
}

TEST_CASE("a dispatcher does not know the tasks of another one") {
  const auto one = cluster::make(cluster::Kind::multicore);
  const auto other = cluster::make(cluster::Kind::multicore);
  const auto task = one->run(identity, 1);
  CHECK_THROWS_AS(other->get_result(task), blitzen::Error);
}

TEST_CASE("shutdown cancels what runs and keeps what is settled") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto done = dispatcher->run(identity, 1);
  CHECK(dispatcher->get_result(done).value() == 1);
  const auto stuck = dispatcher->run(wait_for_ever);
  dispatcher->shutdown();
  dispatcher->shutdown();
  CHECK(dispatcher->get_result(done).value() == 1);
  CHECK(dispatcher->get_result(stuck).kind() == blitzen::OutcomeKind::cancelled);
}

TEST_CASE("several threads may run and fetch at once") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<long> sums(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < sums.size(); ++t)
      threads.emplace_back([&, t] {
        std::vector<blitzen::Task<int>> tasks;
        for (int i = 0; i < 500; ++i) tasks.push_back(dispatcher->run(identity, i));
        for (const auto& outcome : dispatcher->get_results(tasks)) sums[t] += outcome.value();
      });
  }
  CHECK(sums == std::vector<long>(4, 499 * 500 / 2));
}
