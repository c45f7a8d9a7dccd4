#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

TEST_CASE("a lost driver's running tasks are cancelled, its queued ones forgotten") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto doomed = rig.join_driver_with_function();
  submit(*doomed, 0, 2);
  CHECK(doomed->take<proto::AcceptTasks>()->below == 2);
  const Attempt attempt = rig.take_attempt(*client);
  doomed->vanish();
  CHECK(client->take<proto::CancelAttempts>()->attempts.front().number == attempt.id.number);

  const auto other = rig.join_driver_with_function();
  submit(*other, 0, 1, "of another driver");
  CHECK(rig.take_attempt(*client).arguments == "of another driver");
}

TEST_CASE("a lost driver does not disturb the tasks of another") {
  ClusterRig rig;
  const auto client = rig.join_client(2);
  const auto staying = rig.join_driver_with_function("f");
  const auto doomed = rig.join_driver_with_function("f");
  submit(*staying, 0, 1, "stays");
  const Attempt kept = rig.take_attempt(*client);
  submit(*doomed, 0, 1, "goes");
  const Attempt lost = rig.take_attempt(*client);
  doomed->vanish();
  const auto cancelled = client->take<proto::CancelAttempts>();
  REQUIRE(cancelled->attempts.size() == 1);
  CHECK(cancelled->attempts.front().driver == lost.id.driver);

  finish(*client, lost.id, "too late");
  finish(*client, kept.id, "in time");
  CHECK(rig.take_outcome(*staying).content == "in time");
  submit(*staying, 1);
  CHECK(rig.take_attempt(*client).function == kept.function);
}

}  // namespace
}  // namespace blitzen::server
