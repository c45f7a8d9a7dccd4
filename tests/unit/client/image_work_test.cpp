// A client goes on while its images are hashed and written.
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <optional>
#include <thread>

#include "base/host_name.hpp"
#include "client/host.hpp"
#include "client_rig.hpp"
#include "tests/support/held_up.hpp"

using namespace blitzen;
using client::attempt;
using client::decoded;
using client::encoded;
using client::own_image;

namespace {

/// A client of which the cache has its image damaged: looking for it holds it up.
class HeldUpClient {
 public:
  HeldUpClient() {
    testing::HeldUp::damage(cache(), own_image().hash);
    client::HostOptions options{{}, held_up_.make_cache(cache()), {}};
    options.agent.pool.slots = 1;
    options.agent.host = base::host_name();
    options.agent.architecture = base::architecture();
    options.connector.server = "127.0.0.1";
    options.connector.port = server.port();
    options.connector.hello.role = proto::Role::client;
    options.connector.hello.slots = 1;
    host_.emplace(io_, std::move(options));
    host_->start();
    thread_ = std::thread([this] {
      io_.run();
      host_.reset();
    });
    welcome();
  }
  HeldUpClient(const HeldUpClient&) = delete;
  HeldUpClient& operator=(const HeldUpClient&) = delete;
  ~HeldUpClient() {
    let_go();
    asio::post(io_, [this] { host_->stop_now(); });
    server.hang_up();
    thread_.join();
  }

  void wait_until_held_up() {
    server.wait_until([this] { return held_up_.holds(); });
  }
  void let_go() { held_up_.let_go(); }

  void welcome() {
    server.wait_for_client();
    server.say(proto::DefineFunctions{{client::named_function(0, "add")}});
  }
  void assign(std::uint64_t number) {
    const std::vector<std::byte> arguments = encoded(1, 2);
    proto::AssignTasks packet;
    packet.tasks.push_back({attempt(number), 0, 0, arguments});
    server.say(packet);
  }
  void ship_image() {
    CHECK(server.take<proto::RequestImage>()->hash == own_image().hash);
    server.say(own_image());
  }

  client::FakeServer server;

 private:
  [[nodiscard]] std::filesystem::path cache() const { return directory_.path() / "cache"; }

  client::TemporaryDirectory directory_;
  testing::HeldUp held_up_{[this] { asio::post(server.io(), [] {}); }};
  asio::io_context io_{1};
  std::optional<client::Host> host_;
  std::thread thread_;
};

}  // namespace

TEST_CASE("a client obeys its server while it works on an image") {
  HeldUpClient client;
  for (std::uint64_t number = 1; number <= 3; ++number) client.assign(number);
  client.wait_until_held_up();
  client.server.say(proto::CancelAttempts{{attempt(1)}});
  client.server.say(proto::RecallTasks{1});
  CHECK(client.server.take<proto::ReturnTasks>()->attempts.front().number == 3);
  CHECK(client.server.waiting<proto::RequestImage>() == 0);
  client.let_go();
  client.ship_image();
  const auto finished = client.server.take_finished();
  CHECK(finished.id.number == 2);
  CHECK(decoded<int>(finished.content) == 3);
}

TEST_CASE("an image is asked for over the next connection when this one is lost while it is looked for") {
  HeldUpClient client;
  client.assign(1);
  client.wait_until_held_up();
  client.server.vanish();
  client.welcome();
  client.assign(2);
  client.let_go();
  client.ship_image();
  CHECK(client.server.take_finished().id.number == 2);
}

TEST_CASE("an image is not asked for when nobody wants it any more") {
  HeldUpClient client;
  client.assign(1);
  client.wait_until_held_up();
  client.server.say(proto::RecallTasks{1});
  CHECK(client.server.take<proto::ReturnTasks>()->attempts.front().number == 1);
  client.let_go();
  client.assign(2);
  client.ship_image();
  CHECK(client.server.take_finished().id.number == 2);
  CHECK(client.server.waiting<proto::RequestImage>() == 0);
}
