// What the server does about peers that misbehave: they are dropped with a sentence, everybody else is served on.
#include <string>

#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

void check_still_serves(ClusterRig& rig) {
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  finish(*client, rig.take_attempt(*client).id, "served");
  CHECK(rig.take_outcome(*driver).content == "served");
}

TEST_CASE("a driver that sends what only clients may send is dropped") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  driver->say(proto::ClientStatus{});
  CHECK_THAT(driver->closed().sentence, Catch::Contains("a driver must not send packet number 44"));
  check_still_serves(rig);
}

TEST_CASE("a client that sends what only drivers may send is dropped") {
  ClusterRig rig;
  const auto client = rig.join_client();
  client->say(proto::CancelTasks{{0}});
  CHECK_THAT(client->closed().sentence, Catch::Contains("a client must not send packet number 22"));
  check_still_serves(rig);
}

TEST_CASE("a task of a function that was not defined ends its driver's connection") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  submit(*driver, 0);
  CHECK_THAT(driver->closed().sentence, Catch::Contains("function 0, which was not defined"));
  check_still_serves(rig);
}

TEST_CASE("a function index that is used twice or is too large ends its driver's connection") {
  ClusterRig rig;
  const auto twice = rig.join_driver_with_function();
  twice->say(proto::DefineFunctions{{named_function(0, "another")}});
  CHECK_THAT(twice->closed().sentence, Catch::Contains("two different ones"));
  const auto too_large = rig.join_driver();
  too_large->say(proto::DefineFunctions{{named_function(65'536, "f")}});
  CHECK_THAT(too_large->closed().sentence, Catch::Contains("at most 65536 functions"));
  check_still_serves(rig);
}

TEST_CASE("an image that nobody asked for ends its driver's connection") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  driver->say(proto::Image{});
  CHECK_THAT(driver->closed().sentence, Catch::Contains("nobody asked for"));
  check_still_serves(rig);
}

TEST_CASE("a client without slots, or with absurdly many, is turned away") {
  ClusterRig rig;
  CHECK_THAT(rig.join_client(0)->closed().sentence, Catch::Contains("--workers"));
  CHECK_THAT(rig.join_client(1'000'000)->closed().sentence, Catch::Contains("--workers"));
  check_still_serves(rig);
}

TEST_CASE("reports about tasks that never were are ignored") {
  ClusterRig rig;
  const auto client = rig.join_client();
  finish(*client, {77, 1, 5}, "made up");
  client->say(proto::WorkerDeath{{0, 1, 5}, {}});
  client->say(proto::RefuseTask{{0, 1, 5}, "made up"});
  client->say(proto::ReturnTasks{{{0, 1, 5}}});
  client->say(proto::ClientStatus{false, {{{0, 1, 5}, 1000}}});
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  finish(*client, rig.take_attempt(*client).id, "real");
  CHECK(rig.take_outcome(*driver).content == "real");
}

}  // namespace
}  // namespace blitzen::server
