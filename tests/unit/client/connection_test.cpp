#include <unistd.h>

#include <asio/post.hpp>
#include <thread>

#include "base/host_name.hpp"
#include "blitzen/error.hpp"
#include "client_rig.hpp"
#include "net/cluster_key.hpp"

using namespace blitzen;
using client::ClientRig;
using client::decoded;
using client::encoded;

namespace {

Error how_it_ended(Client& client) {
  try {
    client.wait();
  } catch (const Error& error) {
    return error;
  }
  FAIL("the client ended without an error");
  return {ErrorCode::system, "not reached"};
}

/// The same while the server goes on.
Error how_it_ends(ClientRig& rig) {
  std::optional<Error> error;
  bool ended = false;
  std::thread waiter([&] {
    error = how_it_ended(*rig.client);
    asio::post(rig.server.io(), [&] { ended = true; });
  });
  rig.server.wait_until([&] { return ended; });
  waiter.join();
  return *error;
}

}  // namespace

TEST_CASE("a client introduces itself with its slots") {
  ClientOptions options;
  options.workers = 6;
  ClientRig rig(options);
  rig.client->start();
  const auto hello = rig.server.wait_for_client();
  CHECK(hello.role == proto::Role::client);
  CHECK(hello.slots == 6);
  CHECK(hello.accepts_images);
  CHECK(hello.host == base::host_name());
  CHECK(hello.architecture == base::architecture());
  CHECK(hello.process == static_cast<std::uint32_t>(::getpid()));
}

TEST_CASE("a client with the cluster key runs tasks") {
  const client::TemporaryDirectory directory;
  bool made = false;
  ClientOptions options;
  options.key_file = directory.path() / "blitzen" / "cluster.key";
  const auto key = net::load_or_make_key(options.key_file, made);
  ClientRig rig(options, key);
  rig.start_warm();
}

TEST_CASE("a client with another key ends with the reason") {
  const client::TemporaryDirectory directory;
  bool made = false;
  ClientOptions options;
  options.key_file = directory.path() / "cluster.key";
  [[maybe_unused]] const auto key = net::load_or_make_key(options.key_file, made);
  ClientRig rig(options, net::load_or_make_key(directory.path() / "other.key", made));
  rig.client->start();
  CHECK(how_it_ends(rig).code() == ErrorCode::wrong_key);
}

TEST_CASE("a client that the server dropped for its timeouts does not come back") {
  ClientRig rig;
  rig.start();
  rig.server.dismiss(proto::GoodbyeReason::revive_limit, "the server dropped this client: too many timeouts");
  const Error error = how_it_ends(rig);
  CHECK(error.code() == ErrorCode::connection_lost);
  CHECK_THAT(error.what(), Catch::Contains("the server dropped this client") && Catch::Contains("start it again"));
}

TEST_CASE("a client whose server was never there gives up after its patience") {
  ClientOptions options;
  options.server = "127.0.0.1";
  options.port = client::FakeServer().port();
  options.insecure = true;
  options.connect_patience = std::chrono::milliseconds{0};
  Client client(options);
  client.start();
  CHECK(how_it_ended(client).code() == ErrorCode::cannot_connect);
}

TEST_CASE("a client that lost its server comes back and keeps its image") {
  ClientRig rig;
  rig.start_warm();
  rig.server.vanish();
  rig.server.wait_for_client();
  rig.define({"fail", "add"});
  rig.assign(1, 1, encoded(3, 4));
  CHECK(decoded<int>(rig.server.take_finished().content) == 7);
  CHECK(rig.server.waiting<proto::RequestImage>() == 0);
}

TEST_CASE("what another server assigned is neither finished nor spoken of") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.assign(2, 0, encoded(1, 1));
  rig.server.vanish();
  CHECK(rig.server.wait_for_client().claims);
  CHECK(rig.server.take<proto::ClaimAttempts>()->attempts.empty());
  rig.define({"add"});
  rig.assign(3, 0, encoded(3, 4));
  CHECK(rig.server.take_finished().id.number == 3);
  rig.client->stop();
  CHECK(rig.server.closed().orderly);
  CHECK(rig.server.waiting<proto::FinishTasks>() == 0);
  CHECK(rig.server.waiting<proto::WorkerDeath>() == 0);
  CHECK(rig.server.waiting<proto::ReturnTasks>() == 0);
}

TEST_CASE("a task of a function that was not defined costs the server its connection") {
  ClientRig rig;
  rig.start({"add"});
  rig.assign(1, 7, {});
  const auto reason = rig.server.closed();
  CHECK_FALSE(reason.orderly);
  CHECK_THAT(reason.sentence, Catch::Contains("function 7"));
  rig.server.wait_for_client();
}
