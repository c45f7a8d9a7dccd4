#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

TEST_CASE("a task goes to a client and its result back to the driver, both untouched") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function("count_words");
  const auto client = rig.join_client();
  submit(*driver, 0, 1, "to be or not to be");

  const auto functions = client->take<proto::DefineFunctions>();
  REQUIRE(functions->functions.size() == 1);
  CHECK(functions->functions.front().name == "count_words");
  const Attempt attempt = rig.take_attempt(*client);
  CHECK(attempt.arguments == "to be or not to be");
  CHECK(attempt.function == functions->functions.front().index);
  CHECK(driver->take<proto::AcceptTasks>()->below == 1);

  finish(*client, attempt.id, "six");
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.number == 0);
  CHECK(outcome.outcome == proto::Outcome::value);
  CHECK(outcome.content == "six");
}

TEST_CASE("tasks submitted before any client is there are given to the first that joins") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0, 3);
  CHECK(driver->take<proto::AcceptTasks>()->below == 3);
  const auto client = rig.join_client(3);
  CHECK(rig.take_attempts(*client, 3).size() == 3);
}

TEST_CASE("tasks that come together are accepted, assigned and answered together") {
  constexpr std::size_t count = 500;
  ClusterRig rig;
  const auto client = rig.join_client(count);
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0, count);

  CHECK(driver->take<proto::AcceptTasks>()->below == count);
  const auto batch = client->take<proto::AssignTasks>();
  REQUIRE(batch->tasks.size() == count);
  CHECK(client->take<proto::DefineFunctions>()->functions.size() == 1);

  proto::FinishTasks results;
  for (const auto& task : batch->tasks) results.tasks.push_back({task.id, proto::Finish::value, 1000, 0, {}});
  client->say(results);
  CHECK(driver->take<proto::ReportOutcomes>()->outcomes.size() == count);
}

TEST_CASE("a payload larger than a frame arrives whole, there and back") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  std::string large(3'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 1000) large[i] = static_cast<char>('a' + i % 26);
  submit(*driver, 0, 1, large);
  const Attempt attempt = rig.take_attempt(*client);
  CHECK((attempt.arguments == large));
  finish(*client, attempt.id, attempt.arguments);
  CHECK((rig.take_outcome(*driver).content == large));
}

TEST_CASE("submitting a number twice changes nothing") {
  ClusterRig rig;
  const auto client = rig.join_client(4);
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0, 1, "first");
  const Attempt attempt = rig.take_attempt(*client);
  submit(*driver, 0, 1, "again");
  finish(*client, attempt.id, "done");
  CHECK(rig.take_outcome(*driver).content == "done");
  submit(*driver, 0, 1, "again");
  submit(*driver, 1, 1, "second");
  CHECK(rig.take_attempt(*client).arguments == "second");
}

TEST_CASE("the server's own timeout is given to tasks that have none") {
  ServerOptions options;
  options.timeout = 7s;
  ClusterRig rig(options);
  const auto client = rig.join_client(2);
  const auto driver = rig.join_driver_with_function();
  proto::SubmittedTask with_timeout;
  with_timeout.timeout_ns = 1'000'000'000;
  submit(*driver, 0);
  CHECK(rig.take_attempt(*client).timeout_ns == 7'000'000'000);
  submit(*driver, 1, 1, "arguments", with_timeout);
  CHECK(rig.take_attempt(*client).timeout_ns == 1'000'000'000);
}

TEST_CASE("a task over the limit is answered with a sentence that names the option") {
  ServerOptions options;
  options.task_limit = 2;
  ClusterRig rig(options);
  const auto driver = rig.join_driver_with_function();
  CHECK(driver->server().task_limit == 2);
  submit(*driver, 0, 3);
  const Outcome rejected = rig.take_outcome(*driver);
  CHECK(rejected.number == 2);
  CHECK(rejected.outcome == proto::Outcome::error);
  CHECK_THAT(rejected.failure.message, Catch::Contains("--task-limit"));
}

TEST_CASE("a driver that cancels what it never sent can go on beyond any number of those") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  constexpr std::uint64_t next = 2'000'000;
  constexpr std::uint64_t at_once = 10'000;
  for (std::uint64_t first = 0; first < next; first += at_once) {
    proto::CancelTasks cancel;
    for (std::uint64_t number = first; number < first + at_once; ++number) cancel.numbers.push_back(number);
    driver->say(cancel);
  }
  submit(*driver, next);
  const Attempt attempt = rig.take_attempt(*client);
  CHECK(attempt.id.number == next);
  finish(*client, attempt.id, "done");
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.number == next);
  CHECK(outcome.content == "done");
}

TEST_CASE("only the current attempt's result counts") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const Attempt attempt = rig.take_attempt(*client);
  proto::AttemptId stale = attempt.id;
  --stale.attempt;
  finish(*client, stale, "stale");
  finish(*client, attempt.id, "current");
  finish(*client, attempt.id, "repeated");
  CHECK(rig.take_outcome(*driver).content == "current");
  submit(*driver, 1);
  finish(*client, rig.take_attempt(*client).id, "next");
  CHECK(rig.take_outcome(*driver).content == "next");
}

TEST_CASE("a timeout that the client reports reaches the driver in the client's words") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  proto::Failure failure;
  failure.message = "timed out after 7 s";
  std::vector<std::byte> content;
  proto::encode(failure, content);
  finish(*client, rig.take_attempt(*client).id, base::as_text(content), proto::Finish::timed_out);
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.outcome == proto::Outcome::timed_out);
  CHECK(outcome.failure.message == "timed out after 7 s");
}

TEST_CASE("a cancelled task is taken from the client that runs it") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const Attempt attempt = rig.take_attempt(*client);
  driver->say(proto::CancelTasks{{0}});
  const auto cancelled = client->take<proto::CancelAttempts>();
  REQUIRE(cancelled->attempts.size() == 1);
  CHECK(cancelled->attempts.front().number == 0);
  CHECK(cancelled->attempts.front().attempt == attempt.id.attempt);
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.outcome == proto::Outcome::cancelled);
  CHECK(outcome.failure.message == "cancelled by the driver");
}

TEST_CASE(
    "a client that refuses a function leaves it to others, and its sentence becomes the outcome when none is left") {
  ClusterRig rig;
  const auto first = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const Attempt attempt = rig.take_attempt(*first);
  const auto second = rig.join_client();
  first->say(proto::RefuseTask{attempt.id, "libfoo.so is missing"});
  const Attempt retry = rig.take_attempt(*second);
  CHECK(retry.id.number == 0);
  second->say(proto::RefuseTask{retry.id, "this client runs task libraries only"});
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.outcome == proto::Outcome::error);
  CHECK(outcome.failure.message ==
        "no connected client can run the task: on testhost, this client runs task libraries only");
}

TEST_CASE("a task that no connected client can run fails as soon as it is submitted") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  client->say(proto::RefuseTask{rig.take_attempt(*client).id, "no such name here"});
  CHECK(rig.take_outcome(*driver).outcome == proto::Outcome::error);
  submit(*driver, 1);
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.number == 1);
  CHECK_THAT(outcome.failure.message, Catch::Contains("no such name here"));
}

TEST_CASE("tasks a client hands back run elsewhere") {
  ClusterRig rig;
  const auto leaving = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const Attempt attempt = rig.take_attempt(*leaving);
  leaving->say(proto::ClientStatus{true, {}});
  leaving->say(proto::ReturnTasks{{attempt.id}});
  const auto staying = rig.join_client();
  CHECK(rig.take_attempt(*staying).id.attempt == attempt.id.attempt + 1);
}

TEST_CASE("two drivers that use the same function get their own results") {
  ClusterRig rig;
  const auto client = rig.join_client(2);
  const auto first = rig.join_driver_with_function("f");
  const auto second = rig.join_driver_with_function("f");
  submit(*first, 0, 1, "of the first");
  const Attempt a = rig.take_attempt(*client);
  submit(*second, 0, 1, "of the second");
  const Attempt b = rig.take_attempt(*client);
  CHECK(a.function == b.function);
  CHECK(a.id.driver != b.id.driver);
  finish(*client, b.id, b.arguments);
  finish(*client, a.id, a.arguments);
  CHECK(rig.take_outcome(*first).content == "of the first");
  CHECK(rig.take_outcome(*second).content == "of the second");
  CHECK(client->take<proto::DefineFunctions>()->functions.size() == 1);
  CHECK(client->waiting<proto::DefineFunctions>() == 0);
}

}  // namespace
}  // namespace blitzen::server
