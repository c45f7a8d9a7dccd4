#include "blitzen/error.hpp"
#include "client_rig.hpp"

using namespace blitzen;
using client::ClientRig;
using client::decoded;
using client::encoded;

TEST_CASE("a draining client finishes what runs, hands back the rest and says goodbye") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.assign(2, 0, encoded(1, 1));
  rig.client->stop();
  CHECK(rig.server.take<proto::ClientStatus>()->draining);
  const auto returned = rig.server.take<proto::ReturnTasks>();
  REQUIRE(returned->attempts.size() == 1);
  CHECK(returned->attempts.front().number == 2);
  rig.assign(3, 0, encoded(1, 1));  // sent before the server knew
  CHECK(rig.server.take<proto::ReturnTasks>()->attempts.front().number == 3);
  gate.open();
  CHECK(decoded<std::string>(rig.server.take_finished().content) == "waited");
  rig.wait_for_end();
}

TEST_CASE("a draining client hands back tasks that wait for an image") {
  ClientRig rig;
  rig.start({"add"});
  rig.assign(1, 0, encoded(1, 1));
  rig.server.take<proto::RequestImage>();
  rig.client->stop();
  CHECK(rig.server.take<proto::ReturnTasks>()->attempts.front().number == 1);
  rig.wait_for_end();
}

TEST_CASE("a client that is stopped at once says goodbye and leaves its task") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.client->stop_now();
  rig.wait_for_end();
  CHECK(rig.server.waiting<proto::FinishTasks>() == 0);
}

TEST_CASE("a draining client can be stopped at once") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.client->stop();
  CHECK(rig.server.take<proto::ClientStatus>()->draining);
  rig.client->stop_now();
  rig.wait_for_end();
}

TEST_CASE("a client that is destroyed stops at once") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.client.reset();
  rig.server.closed();
}

TEST_CASE("a client without a server stops at a word") {
  ClientOptions options;
  options.server = "127.0.0.1";
  options.port = client::FakeServer().port();
  options.insecure = true;
  options.connect_patience = std::chrono::milliseconds::max();
  Client client(options);
  client.start();
  client.stop();
  CHECK_NOTHROW(client.wait());
}
