#include "cluster_rig.hpp"

namespace blitzen::server {

TEST_CASE("a client that comes back goes on with what it had, and its result counts") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const auto lost = rig.join_client();
  const Attempt attempt = rig.take_attempt(*lost);
  lost->vanish();
  const auto back = rig.join_claiming_client();
  back->say(proto::ClaimAttempts{{attempt.id}});
  submit(*driver, 1);
  finish(*back, attempt.id, "made while away");
  const Outcome outcome = rig.take_outcome(*driver);
  CHECK(outcome.number == 0);
  CHECK(outcome.content == "made while away");
  CHECK(rig.take_attempt(*back).id.number == 1);
}

TEST_CASE("what another client was given meanwhile is cancelled at the one that claims it") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  const auto lost = rig.join_client();
  const Attempt attempt = rig.take_attempt(*lost);
  const auto other = rig.join_client();
  lost->vanish();
  const Attempt next = rig.take_attempt(*other);
  const auto back = rig.join_claiming_client();
  back->say(proto::ClaimAttempts{{attempt.id}});
  CHECK(back->take<proto::CancelAttempts>()->attempts.front().attempt == attempt.id.attempt);
  finish(*back, attempt.id, "too late");
  finish(*other, next.id, "in time");
  CHECK(rig.take_outcome(*driver).content == "in time");
}

TEST_CASE("a client that will claim is given nothing before it has") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function();
  const auto client = rig.join_claiming_client();
  submit(*driver, 0);
  CHECK(driver->take<proto::AcceptTasks>()->below == 1);
  CHECK(client->waiting<proto::AssignTasks>() == 0);
  client->say(proto::ClaimAttempts{});
  CHECK(rig.take_attempt(*client).id.number == 0);
}

TEST_CASE("a client that will claim and says something else first is disconnected") {
  ClusterRig rig;
  const auto client = rig.join_claiming_client();
  client->say(proto::ClientStatus{});
  CHECK_THAT(client->closed().sentence, Catch::Contains("must say what it claims"));
}

TEST_CASE("a client that claims twice is disconnected") {
  ClusterRig rig;
  const auto client = rig.join_claiming_client();
  client->say(proto::ClaimAttempts{});
  client->say(proto::ClaimAttempts{});
  CHECK_THAT(client->closed().sentence, Catch::Contains("must not send packet number 45"));
}

}  // namespace blitzen::server
