#include "client_rig.hpp"
#include "images/image_hash.hpp"

using namespace blitzen;
using client::attempt;
using client::ClientRig;
using client::decoded;
using client::encoded;
using client::own_image;

TEST_CASE("an image is asked for once, whatever waits for it") {
  ClientRig rig;
  rig.start({"add"});
  for (std::uint64_t number = 1; number <= 3; ++number) rig.assign(number, 0, encoded(1, 1));
  rig.ship_image();
  for (int i = 0; i < 3; ++i) CHECK(decoded<int>(rig.server.take_finished().content) == 2);
  CHECK(rig.server.waiting<proto::RequestImage>() == 0);
}

TEST_CASE("a cached image is not asked for") {
  ClientRig rig;
  rig.start_warm();
  rig.restart_client();
  rig.start({"add"});
  rig.assign(1, 0, encoded(3, 4));
  CHECK(decoded<int>(rig.server.take_finished().content) == 7);
  CHECK(rig.server.waiting<proto::RequestImage>() == 0);
}

TEST_CASE("tasks whose image is for another architecture are refused with the reason") {
  ClientRig rig;
  rig.start({"add"});
  rig.assign(1, 0, encoded(1, 1));
  rig.server.take<proto::RequestImage>();
  proto::Image image = own_image();
  image.architecture = "pdp11";
  rig.server.say(image);
  const auto refusal = rig.server.take<proto::RefuseTask>();
  CHECK(refusal->id.number == 1);
  CHECK_THAT(refusal->reason, Catch::StartsWith("the image 'client_tests' is for pdp11, this machine is "));
  rig.assign(2, 0, encoded(1, 1));
  CHECK(rig.server.take<proto::RefuseTask>()->id.number == 2);
  CHECK(rig.server.waiting<proto::RequestImage>() == 0);
}

TEST_CASE("tasks whose image cannot be had are refused with the reason, and the next one asks again") {
  ClientRig rig;
  rig.start({"add"});
  rig.assign(1, 0, encoded(1, 1));
  rig.server.take<proto::RequestImage>();
  proto::Image image;
  image.hash = own_image().hash;
  image.problem = "the driver that has the image is gone";
  rig.server.say(image);
  CHECK(rig.server.take<proto::RefuseTask>()->reason == image.problem);
  rig.assign(2, 0, encoded(3, 4));
  rig.ship_image();
  CHECK(decoded<int>(rig.server.take_finished().content) == 7);
}

TEST_CASE("an image that is no program is refused with a sentence") {
  ClientRig rig;
  rig.start();
  const std::string content = "not a program";
  proto::Image image = own_image();
  image.content = base::as_bytes(content);
  image.hash = images::hash_bytes(image.content);
  image.name = "nonsense";
  proto::Function function = client::named_function(0, "add");
  function.image = image.hash;
  rig.server.say(proto::DefineFunctions{{function}});
  rig.assign(1, 0, encoded(1, 1));
  rig.server.take<proto::RequestImage>();
  rig.server.say(image);
  CHECK_THAT(rig.server.take<proto::RefuseTask>()->reason, Catch::Contains("nonsense"));
}

TEST_CASE("a task that waits for its image can be cancelled and recalled") {
  ClientRig rig;
  rig.start({"add"});
  for (std::uint64_t number = 1; number <= 3; ++number) rig.assign(number, 0, encoded(1, 1));
  rig.server.say(proto::CancelAttempts{{attempt(1)}});
  rig.server.say(proto::RecallTasks{1});
  const auto returned = rig.server.take<proto::ReturnTasks>();
  REQUIRE(returned->attempts.size() == 1);
  CHECK(returned->attempts.front().number == 3);
  rig.ship_image();
  CHECK(rig.server.take_finished().id.number == 2);
}
