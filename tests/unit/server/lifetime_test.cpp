#include <chrono>

#include "blitzen/error.hpp"
#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a server ends by itself after its duration and says so") {
  ServerOptions options;
  options.duration = 300ms;
  ClusterRig rig(options);
  const auto driver = rig.join_driver();
  const net::CloseReason reason = driver->closed();
  CHECK(reason.orderly);
  CHECK_THAT(reason.sentence, Catch::Contains("--duration"));
  rig.server().wait();
}

TEST_CASE("a server that is stopped says Goodbye to everybody") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  const auto client = rig.join_client();
  rig.server().stop();
  rig.server().stop();
  CHECK(driver->closed().orderly);
  CHECK(client->closed().orderly);
  rig.server().wait();
}

TEST_CASE("results that arrived before a server is stopped are still sent") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0);
  finish(*client, rig.take_attempt(*client).id, "just in time");
  CHECK(rig.take_outcome(*driver).content == "just in time");
  rig.server().stop();
  CHECK(driver->closed().orderly);
}

TEST_CASE("a server without peers stops at once") {
  ClusterRig rig;
  rig.server().stop();
  rig.server().wait();
}

TEST_CASE("a server that is stopped at once says nothing") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  rig.server().stop_now();
  CHECK_FALSE(driver->closed().orderly);
  rig.server().wait();
}

TEST_CASE("a server that was never started can be stopped, waited for and destroyed") {
  Server server{ServerOptions{}};
  server.stop();
  server.stop_now();
  server.wait();
}

TEST_CASE("a server cannot be started twice") {
  ClusterRig rig;
  CHECK_THROWS_AS(rig.server().start(), Error);
}

TEST_CASE("options that make no sense are refused before anything is opened") {
  const auto refused = [](auto change) {
    ServerOptions options;
    change(options);
    try {
      const Server server{options};
    } catch (const Error& error) {
      return error.code() == ErrorCode::invalid_option;
    }
    return false;
  };
  CHECK(refused([](ServerOptions& options) { options.address = ""; }));
  CHECK(refused([](ServerOptions& options) { options.task_limit = 0; }));
  CHECK(refused([](ServerOptions& options) { options.duration = -1s; }));
  CHECK(refused([](ServerOptions& options) { options.timeout = -1s; }));
  CHECK(refused([](ServerOptions& options) {
    options.insecure = true;
    options.key_file = "cluster.key";
  }));
}

}  // namespace
}  // namespace blitzen::server
