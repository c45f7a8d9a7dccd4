// What outlives its dispatcher, and how another one goes on with it.
#include <blitzen/blitzen.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "log_file.hpp"

namespace {

using blitzen::DistributedDispatcher;
using blitzen::DistributedOptions;
using blitzen::ErrorCode;
using Catch::Matchers::Contains;

constexpr const char* name = "sweep 42";

int identity(int x) { return x; }
std::string text_of(int x) { return "number " + std::to_string(x); }
std::string large_text(int x) { return std::string(200'000, 'x') + std::to_string(x); }

/// A server on loopback and, unless it is to be idle, a client.
class Cluster {
 public:
  explicit Cluster(bool idle = false, std::uint64_t task_limit = 10'000'000)
      : server_({.address = "127.0.0.1", .port = 0, .insecure = true, .task_limit = task_limit}) {
    server_.start();
    if (!idle) start_client();
  }
  void start_client() {
    client_ = std::make_unique<blitzen::Client>(
        blitzen::ClientOptions{.server = "127.0.0.1", .port = server_.port(), .insecure = true, .workers = 2});
    client_->start();
  }
  [[nodiscard]] DistributedOptions options(const std::string& job = name) const {
    return {.port = server_.port(), .insecure = true, .job = job};
  }
  [[nodiscard]] DistributedDispatcher attach() const { return DistributedDispatcher::attach(name, options({})); }

 private:
  blitzen::Server server_;
  std::unique_ptr<blitzen::Client> client_;
};

template <class Function>
ErrorCode error_of(Function&& function) {
  try {
    function();
  } catch (const blitzen::Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("another dispatcher finds every task of a job whose dispatcher was destroyed right after run()") {
  const Cluster cluster;
  constexpr int count = 20'000;
  {
    DistributedDispatcher first(cluster.options());
    for (int i = 0; i < count; ++i) static_cast<void>(first.run(identity, i));
  }
  auto second = cluster.attach();
  const auto tasks = second.tasks<int>();
  REQUIRE(tasks.size() == count);
  const auto outcomes = second.get_results(tasks);
  for (int i = 0; i < count; ++i) REQUIRE(outcomes[static_cast<std::size_t>(i)].value() == i);
}

TEST_CASE("a job goes on in one dispatcher after the other") {
  const Cluster cluster;
  static_cast<void>(DistributedDispatcher(cluster.options()).run(identity, 0));
  for (int i = 1; i < 5; ++i) {
    auto next = cluster.attach();
    CHECK(next.tasks<int>().size() == static_cast<std::size_t>(i));
    CHECK(next.get_result(next.run(identity, i)).value() == i);
  }
  auto last = cluster.attach();
  const auto outcomes = last.join();
  REQUIRE(outcomes.size() == 5);
  for (int i = 0; i < 5; ++i) {
    CHECK(outcomes[static_cast<std::size_t>(i)].number() == static_cast<std::uint64_t>(i));
    CHECK(outcomes[static_cast<std::size_t>(i)].as<int>().value() == i);
  }
}

TEST_CASE("results that travel alone are found as well") {
  const Cluster cluster;
  {
    DistributedDispatcher first(cluster.options());
    for (int i = 0; i < 20; ++i) static_cast<void>(first.run(large_text, i));
  }
  auto second = cluster.attach();
  const auto outcomes = second.get_results(second.tasks<std::string>());
  REQUIRE(outcomes.size() == 20);
  for (int i = 0; i < 20; ++i) CHECK(outcomes[static_cast<std::size_t>(i)].value() == large_text(i));
}

TEST_CASE("a dispatcher whose job is taken over is told so, and the other one gets everything") {
  Cluster cluster(true);
  DistributedDispatcher first(cluster.options());
  const auto task = first.run(identity, 7);
  std::vector<blitzen::Task<int>> more;
  for (int i = 0; i < 100; ++i) more.push_back(first.run(identity, i));
  first.connect();
  auto second = cluster.attach();
  CHECK(error_of([&] { static_cast<void>(first.get_result(task)); }) == ErrorCode::job_taken_over);
  CHECK(error_of([&] { static_cast<void>(first.run(identity, 1)); }) == ErrorCode::job_taken_over);
  CHECK_FALSE(first.ready(task));
  cluster.start_client();
  for (const auto& outcome : second.get_results(second.tasks<int>())) CHECK(outcome.has_value());
  CHECK(second.get_result(second.run(identity, 3)).value() == 3);
}

TEST_CASE("a job is over once join() has returned its outcomes, or they were cleared") {
  const Cluster cluster;
  {
    DistributedDispatcher first(cluster.options());
    const auto task = first.run(identity, 7);
    const auto cleared = first.run(identity, 8);
    if (GENERATE(true, false)) {
      CHECK(first.join().size() == 2);
      CHECK(first.get_result(task).value() == 7);
    } else {
      CHECK(first.get_result(task).value() == 7);
      first.clear(std::vector{task});
      first.clear(std::vector{cleared});
    }
  }
  CHECK(error_of([&] { static_cast<void>(cluster.attach()); }) == ErrorCode::job_unknown);
  DistributedDispatcher anew(cluster.options());
  CHECK(anew.get_result(anew.run(identity, 1)).value() == 1);
}

TEST_CASE("tasks of a job that are cleared before they end are cancelled") {
  Cluster cluster(true);
  {
    DistributedDispatcher first(cluster.options());
    std::vector<blitzen::Task<int>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(first.run(identity, i));
    first.connect();
    first.clear(std::vector(tasks.begin(), tasks.begin() + 9));
  }
  cluster.start_client();
  auto second = cluster.attach();
  const auto left = second.tasks<int>();
  REQUIRE(left.size() == 1);
  CHECK(second.get_result(left.front()).value() == 9);
}

TEST_CASE("a second dispatcher cannot begin a job that is there") {
  const Cluster cluster;
  DistributedDispatcher first(cluster.options());
  static_cast<void>(first.get_result(first.run(identity, 1)));
  DistributedDispatcher second(cluster.options());
  CHECK(error_of([&] { second.connect(); }) == ErrorCode::job_exists);
  CHECK(first.get_result(first.run(identity, 2)).value() == 2);
}

TEST_CASE("what has no outcome when a dispatcher leaves its job is no outcome there") {
  const Cluster cluster(true);
  DistributedDispatcher first(cluster.options());
  const auto task = first.run(identity, 1);
  first.shutdown();
  CHECK_FALSE(first.ready(task));
  CHECK(error_of([&] { static_cast<void>(first.get_result(task)); }) == ErrorCode::shut_down);
}

TEST_CASE("leaving a job whose server has no room for its tasks ends, and the log says what was not handed over") {
  const LogFile log;
  const Cluster cluster(true, 5);
  DistributedOptions options = cluster.options();
  options.leave_patience = std::chrono::milliseconds{500};
  {
    DistributedDispatcher first(options);
    for (int i = 0; i < 20; ++i) static_cast<void>(first.run(identity, i));
    first.connect();
  }
  CHECK_THAT(log.text(),
             Contains("left the job 'sweep 42' although the server has not taken 15 tasks of it: it took "
                      "nothing more for 500 ms (leave_patience); attach to the job for what the server has"));
  auto second = cluster.attach();
  CHECK(second.tasks<int>().size() == 5);
}

TEST_CASE("leaving a job that is another's does not send anybody to attach to it for these tasks") {
  const LogFile log;
  const Cluster cluster(true);
  DistributedDispatcher first(cluster.options());
  first.connect();
  {
    DistributedDispatcher second(cluster.options());
    static_cast<void>(second.run(identity, 1));
  }
  CHECK_THAT(log.text(), Contains("the server has not taken 1 task of it: "));
  CHECK_THAT(log.text(), !Contains("for what the server has"));
}

TEST_CASE("leaving a job goes on while its server makes room") {
  Cluster cluster(true, 5);
  {
    DistributedDispatcher first(cluster.options());
    for (int i = 0; i < 20; ++i) static_cast<void>(first.run(identity, i));
    first.connect();
    cluster.start_client();
  }
  auto second = cluster.attach();
  CHECK(second.tasks<int>().size() == 20);
  for (const auto& outcome : second.get_results(second.tasks<int>())) CHECK(outcome.has_value());
}

TEST_CASE("a found result of another type than the one asked for is an error") {
  const Cluster cluster;
  {
    DistributedDispatcher first(cluster.options());
    static_cast<void>(first.run(text_of, 1));
    static_cast<void>(first.run(identity, 2));
  }
  auto second = cluster.attach();
  const auto numbers = second.get_results(second.tasks<int>());
  CHECK(numbers[0].kind() == blitzen::OutcomeKind::error);
  CHECK_THAT(numbers[0].error().message(), Contains("cannot be decoded"));
  CHECK(numbers[1].value() == 2);
  const auto texts = second.get_results(second.tasks<std::string>());
  CHECK(texts[0].value() == "number 1");
  CHECK(texts[1].kind() == blitzen::OutcomeKind::error);
  const auto any = second.get_results();
  CHECK(any[0].as<std::string>().value() == "number 1");
  CHECK(any[0].as<int>().kind() == blitzen::OutcomeKind::error);
}

TEST_CASE("tasks of an attached dispatcher's own know their type, also beside found ones") {
  const Cluster cluster;
  static_cast<void>(DistributedDispatcher(cluster.options()).run(identity, 1));
  auto second = cluster.attach();
  static_cast<void>(second.run(text_of, 2));
  const auto any = second.get_results();
  REQUIRE(any.size() == 2);
  CHECK(any[1].as<std::string>().value() == "number 2");
  CHECK(error_of([&] { static_cast<void>(any[1].as<int>()); }) == ErrorCode::unknown_task);
  CHECK(second.tasks<int>().size() == 1);
}

TEST_CASE("a job's name must make sense") {
  const Cluster cluster;
  for (const std::string& bad : {std::string(256, 'x'), std::string("two\nlines")})
    CHECK(error_of([&] { const DistributedDispatcher dispatcher(cluster.options(bad)); }) == ErrorCode::invalid_option);
  CHECK(error_of([&] { static_cast<void>(DistributedDispatcher::attach("", cluster.options())); }) ==
        ErrorCode::invalid_option);
  CHECK(error_of([&] { static_cast<void>(cluster.attach()); }) == ErrorCode::job_unknown);
}

TEST_CASE("a dispatcher that found nothing has no found tasks") {
  const Cluster cluster;
  DistributedDispatcher first(cluster.options());
  static_cast<void>(first.run(identity, 1));
  CHECK(first.tasks<int>().empty());
}
