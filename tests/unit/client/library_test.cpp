#include "client_rig.hpp"

using namespace blitzen;
using client::ClientRig;
using client::decoded;
using client::encoded;

namespace {

ClientOptions with_library(bool shipped_code) {
  ClientOptions options;
  options.tasks = {BLITZEN_TEST_LIBRARY};
  options.shipped_code = shipped_code;
  return options;
}

}  // namespace

TEST_CASE("a registered function of a task library runs without any image") {
  ClientRig rig(with_library(true));
  rig.start({"triple"});
  rig.assign(1, 0, encoded(14));
  CHECK(decoded<int>(rig.server.take_finished().content) == 42);
  CHECK(rig.server.waiting<proto::RequestImage>() == 0);
}

TEST_CASE("a function that the task libraries do not have runs in the driver's image") {
  ClientRig rig(with_library(true));
  rig.start({"large"});
  proto::Function function = client::named_function(1, "missing");
  rig.server.say(proto::DefineFunctions{{function}});
  rig.assign(1, 1, {});
  rig.ship_image();
  CHECK_THAT(rig.server.take<proto::RefuseTask>()->reason, Catch::Contains("missing"));
}

TEST_CASE("a client of task libraries only says in its Hello that it takes no images") {
  ClientRig rig(with_library(false));
  rig.client->start();
  CHECK_FALSE(rig.server.wait_for_client().accepts_images);
}

TEST_CASE("a client of task libraries only runs them and refuses everything else") {
  ClientRig rig(with_library(false));
  rig.start({"triple", "missing"});
  rig.assign(1, 0, encoded(14));
  CHECK(decoded<int>(rig.server.take_finished().content) == 42);
  rig.assign(2, 1, {});
  const auto by_name = rig.server.take<proto::RefuseTask>();
  CHECK(by_name->id.number == 2);
  CHECK_THAT(by_name->reason, Catch::Contains("'missing'"));
  proto::Function unnamed = client::named_function(2, "");
  unnamed.kind = proto::FunctionKind::address;
  rig.server.say(proto::DefineFunctions{{unnamed}});
  rig.assign(3, 2, {});
  CHECK(rig.server.take<proto::RefuseTask>()->reason == "this client runs task libraries only (--no-shipped-code)");
}
