#include <string>

#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

void report_death(Peer& client, const proto::AttemptId& attempt, const std::string& host, int signal) {
  proto::WorkerDeath death;
  death.id = attempt;
  death.obituary.host = host;
  death.obituary.signal = signal;
  death.obituary.last_lines = "last words on " + host;
  client.say(death);
}

TEST_CASE("a task whose worker died runs again, and its result is an ordinary one") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const Attempt first = rig.take_attempt(*client);
  report_death(*client, first.id, "node1", 11);
  const Attempt second = rig.take_attempt(*client);
  CHECK(second.id.attempt == first.id.attempt + 1);
  CHECK(second.arguments == first.arguments);
  finish(*client, second.id, "fine");
  CHECK(rig.take_outcome(*driver).outcome == proto::Outcome::value);
}

TEST_CASE("a poisoned task's outcome carries every obituary, oldest first") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  report_death(*client, rig.take_attempt(*client).id, "node1", 6);
  report_death(*client, rig.take_attempt(*client).id, "node2", 9);
  report_death(*client, rig.take_attempt(*client).id, "node3", 11);
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.outcome == proto::Outcome::poisoned);
  CHECK(outcome.failure.message ==
        "poisoned: 3 workers died executing it, the last by SIGSEGV on node3; its last words: last words on node3");
  REQUIRE(outcome.failure.deaths.size() == 3);
  CHECK(outcome.failure.deaths[0].host == "node1");
  CHECK(outcome.failure.deaths[1].signal == 9);
  CHECK(outcome.failure.deaths[2].last_lines == "last words on node3");
}

TEST_CASE("a death reported for an attempt that is no longer current is not charged") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  proto::SubmittedTask fragile;
  fragile.worker_deaths_max = 2;
  submit(*driver, 0, 1, "arguments", fragile);
  const Attempt first = rig.take_attempt(*client);
  report_death(*client, first.id, "node1", 11);
  report_death(*client, first.id, "node1", 11);
  finish(*client, rig.take_attempt(*client).id, "fine");
  CHECK(rig.take_outcome(*driver).outcome == proto::Outcome::value);
}

TEST_CASE("a lost client's tasks run on another one, and nobody is charged") {
  ClusterRig rig;
  const auto doomed = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  proto::SubmittedTask fragile;
  fragile.worker_deaths_max = 2;
  submit(*driver, 0, 1, "arguments", fragile);
  const Attempt first = rig.take_attempt(*doomed);
  const auto other = rig.join_client();
  doomed->vanish();
  const Attempt second = rig.take_attempt(*other);
  CHECK(second.id.number == first.id.number);
  CHECK(second.id.attempt == first.id.attempt + 1);
  finish(*other, second.id, "fine");
  CHECK(rig.take_outcome(*driver).content == "fine");
}

TEST_CASE("a lost client's task that must not start twice ends with an error that names the client's host") {
  ClusterRig rig;
  const auto doomed = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  proto::SubmittedTask once;
  once.worker_deaths_max = 1;
  submit(*driver, 0, 1, "arguments", once);
  const Attempt attempt = rig.take_attempt(*doomed);
  doomed->vanish();
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.outcome == proto::Outcome::error);
  CHECK(outcome.failure.message ==
        "the client on testhost was lost while it had this task, which may have been started and is not started again "
        "(worker_deaths_max is 1)");
  const auto back = rig.join_claiming_client();
  back->say(proto::ClaimAttempts{{attempt.id}});
  CHECK(back->take<proto::CancelAttempts>()->attempts.front().number == attempt.id.number);
}

TEST_CASE("a client with more timeouts than the revive limit is told to go") {
  ServerOptions options;
  options.revive_limit = 0;
  ClusterRig rig(options);
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  std::vector<std::byte> content;
  proto::encode(proto::Failure{}, content);
  finish(*client, rig.take_attempt(*client).id, base::as_text(content), proto::Finish::timed_out);
  CHECK_THAT(client->closed().sentence, Catch::Contains("--revive-limit"));
  CHECK(rig.take_outcome(*driver).outcome == proto::Outcome::timed_out);
}

TEST_CASE("what a client says behind the timeout that it is dropped for is that of a lost one") {
  ServerOptions options;
  options.revive_limit = 0;
  ClusterRig rig{options};
  const auto client = rig.join_client(2);
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0, 2);
  const auto attempts = rig.take_attempts(*client, 2);
  std::vector<std::byte> failure;
  proto::encode(proto::Failure{}, failure);
  client->say(proto::FinishTasks{{proto::FinishedTask{attempts[0].id, proto::Finish::timed_out, 1000, 0, failure},
                                  proto::FinishedTask{attempts[1].id, proto::Finish::value, 1000, 1, {}}}});
  CHECK_THAT(client->closed().sentence, Catch::Contains("more timeouts"));
  const auto other = rig.join_client(2);
  finish(*other, rig.take_attempt(*other).id, "elsewhere");
  const auto outcomes = rig.take_outcomes(*driver, 2);
  CHECK(outcomes[0].outcome == proto::Outcome::timed_out);
  CHECK(outcomes[1].content == "elsewhere");
}

}  // namespace
}  // namespace blitzen::server
