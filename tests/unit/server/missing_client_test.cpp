// What a server says about tasks that nobody is there to run.
#include <chrono>
#include <thread>

#include "blitzen/logging.hpp"
#include "cluster_rig.hpp"
#include "server/host.hpp"

namespace blitzen::server {
namespace {

/// A server that misses clients as soon as there is none.
class ImpatientServer {
 public:
  ImpatientServer() : host_(options(), std::chrono::milliseconds{1}), thread_([this] { host_.run(); }) {}
  ImpatientServer(const ImpatientServer&) = delete;
  ImpatientServer& operator=(const ImpatientServer&) = delete;
  ~ImpatientServer() {
    host_.stop_now();
    thread_.join();
  }

  std::shared_ptr<Peer> join(proto::Role role, std::uint32_t slots = 0) {
    return join_server(io_, host_.port(), std::nullopt, role, slots);
  }
  std::shared_ptr<Peer> join_driver() {
    auto driver = join(proto::Role::driver);
    driver->say(proto::DefineFunctions{{named_function(0, "f")}});
    return driver;
  }

 private:
  [[nodiscard]] ServerOptions options() const {
    logging::disable();
    ServerOptions options;
    options.address = "127.0.0.1";
    options.port = 0;
    options.insecure = true;
    options.cache_dir = directory_.path() / "cache";
    return options;
  }

  TemporaryDirectory directory_;
  Host host_;
  asio::io_context io_{1};
  std::thread thread_;
};

TEST_CASE("a driver hears that its tasks wait and no client is connected") {
  ImpatientServer server;
  const auto driver = server.join_driver();
  submit(*driver, 0, 5);
  CHECK(driver->take<proto::Notice>()->sentence ==
        "5 tasks wait and no client is connected; start one with blitzen-client --server HOST");
}

TEST_CASE("a driver hears again that no client is connected only when one has come and gone") {
  ImpatientServer server;
  const auto driver = server.join_driver();
  submit(*driver, 0, 1);
  CHECK_THAT(driver->take<proto::Notice>()->sentence, Catch::StartsWith("1 task waits"));
  submit(*driver, 1, 1);
  while (driver->take<proto::AcceptTasks>()->below < 2) continue;
  const auto client = server.join(proto::Role::client, 1);
  client->take<proto::AssignTasks>();
  client->leave();
  CHECK_THAT(driver->take<proto::Notice>()->sentence, Catch::StartsWith("2 tasks wait"));
  CHECK(driver->waiting<proto::Notice>() == 0);
}

TEST_CASE("a driver that comes later hears of the missing client too, and only it") {
  ImpatientServer server;
  const auto first = server.join_driver();
  submit(*first, 0, 3);
  first->take<proto::Notice>();
  const auto second = server.join_driver();
  submit(*second, 0, 2);
  CHECK_THAT(second->take<proto::Notice>()->sentence, Catch::StartsWith("2 tasks wait"));
  CHECK(first->waiting<proto::Notice>() == 0);
}

}  // namespace
}  // namespace blitzen::server
