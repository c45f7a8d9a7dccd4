// A server goes on while its images are read, hashed and written.
#include <asio/post.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "blitzen/logging.hpp"
#include "image_steps.hpp"
#include "proto/limits.hpp"
#include "server/host.hpp"
#include "tests/support/held_up.hpp"

namespace blitzen::server {
namespace {

/// The server's cache has it damaged: who looks for it is held up.
constexpr std::string_view other_program = "the bytes of another program";

class HeldUpServer {
 public:
  HeldUpServer()
      : host_(options(), client_patience_default, held_up_.make_cache(cache())), thread_([this] { host_.run(); }) {
    testing::HeldUp::damage(cache(), hash_of(other_program));
  }
  HeldUpServer(const HeldUpServer&) = delete;
  HeldUpServer& operator=(const HeldUpServer&) = delete;
  ~HeldUpServer() {
    held_up_.let_go();
    host_.stop_now();
    thread_.join();
  }

  std::shared_ptr<Peer> join_driver() { return join(proto::Role::driver, 0); }
  std::shared_ptr<Peer> join_client() { return join(proto::Role::client, 1); }

  /// A driver that offers the other program, of which the server's cache is still being looked through.
  std::shared_ptr<Peer> join_driver_that_holds_up() {
    auto driver = join_driver();
    offer(*driver, other_program);
    driver->wait_until([this] { return held_up_.holds(); });
    return driver;
  }
  void let_go() { held_up_.let_go(); }

  /// Runs a task of another driver on this client.
  void run_a_task(Peer& client) {
    const auto driver = join_driver();
    driver->say(proto::DefineFunctions{{named_function(0, "f")}});
    submit(*driver, 7);
    const auto assigned = client.take<proto::AssignTasks>();
    REQUIRE(assigned->tasks.size() == 1);
    finish(client, assigned->tasks.front().id, "result");
    CHECK(base::as_text(driver->take<proto::ReportOutcomes>()->outcomes.front().content) == "result");
  }

 private:
  std::shared_ptr<Peer> join(proto::Role role, std::uint32_t slots) {
    return join_server(io_, host_.port(), std::nullopt, role, slots);
  }
  [[nodiscard]] std::filesystem::path cache() const { return directory_.path() / "cache"; }
  [[nodiscard]] static ServerOptions options() {
    logging::disable();
    ServerOptions options;
    options.address = "127.0.0.1";
    options.port = 0;
    options.insecure = true;
    return options;
  }

  TemporaryDirectory directory_;
  asio::io_context io_{1};
  testing::HeldUp held_up_{[this] { asio::post(io_, [] {}); }};
  Host host_;
  std::thread thread_;
};

TEST_CASE("tasks of others are run while an image is worked on") {
  HeldUpServer server;
  const auto client = server.join_client();
  const auto driver = server.join_driver_that_holds_up();
  server.run_a_task(*client);
  CHECK(driver->waiting<proto::RequestImage>() == 0);
  server.let_go();
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(other_program));
}

TEST_CASE("who wants or offers an image that is worked on is served with the others") {
  HeldUpServer server;
  const auto first = server.join_driver_that_holds_up();
  const auto second = server.join_driver();
  offer(*second, other_program);
  const auto early = server.join_client();
  early->say(proto::RequestImage{hash_of(other_program)});
  server.run_a_task(*early);
  server.let_go();
  CHECK(first->take<proto::RequestImage>()->hash == hash_of(other_program));
  const auto late = server.join_client();
  late->say(proto::RequestImage{hash_of(other_program)});
  send_image(*first, other_program);
  CHECK(content_of(early->take<proto::Image>()) == other_program);
  CHECK(content_of(late->take<proto::Image>()) == other_program);
  CHECK(second->waiting<proto::RequestImage>() == 0);
}

TEST_CASE("an image is stored although its driver leaves meanwhile") {
  HeldUpServer server;
  const auto driver = server.join_driver();
  offer(*driver, program);
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(program));
  const auto client = server.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  const auto other = server.join_driver_that_holds_up();
  send_image(*driver, program);
  driver->leave();
  CHECK(driver->closed().orderly);
  server.run_a_task(*client);
  CHECK(client->waiting<proto::Image>() == 0);
  server.let_go();
  CHECK(content_of(client->take<proto::Image>()) == program);
}

TEST_CASE("when an image cannot be stored whose driver has left, the next one is asked") {
  HeldUpServer server;
  const auto liar = server.join_driver();
  offer(*liar, program);
  CHECK(liar->take<proto::RequestImage>()->hash == hash_of(program));
  const auto holder = server.join_driver_that_holds_up();
  liar->say(proto::Image{hash_of(program), "demo", "x86_64", base::as_bytes("something else"), {}});
  liar->leave();
  CHECK(liar->closed().orderly);
  const auto other = server.join_driver();
  offer(*other, program);
  server.let_go();
  CHECK(other->take<proto::RequestImage>()->hash == hash_of(program));
}

TEST_CASE("a driver that sends an image again while it is stored breaks the protocol") {
  HeldUpServer server;
  const auto driver = server.join_driver();
  offer(*driver, program);
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(program));
  const auto holder = server.join_driver_that_holds_up();
  send_image(*driver, program);
  send_image(*driver, program);
  CHECK(driver->closed().goodbye == proto::GoodbyeReason::protocol_error);
}

TEST_CASE("a client that waits for more images than it could run breaks the protocol") {
  HeldUpServer server;
  const auto driver = server.join_driver_that_holds_up();
  const auto client = server.join_client();
  const auto want = [&](std::size_t number) {
    client->say(proto::RequestImage{hash_of("program " + std::to_string(number))});
  };
  for (std::size_t i = 0; i < proto::images_per_client_max; ++i) want(i);
  server.run_a_task(*client);
  want(proto::images_per_client_max);
  CHECK(client->closed().goodbye == proto::GoodbyeReason::protocol_error);
}

TEST_CASE("everybody who wants an image or offers it may leave while it is worked on") {
  HeldUpServer server;
  auto driver = server.join_driver_that_holds_up();
  auto client = server.join_client();
  client->say(proto::RequestImage{hash_of(other_program)});
  for (const auto& peer : {driver, client}) {
    peer->leave();
    CHECK(peer->closed().orderly);
  }
  server.let_go();
  const auto next = server.join_client();
  next->say(proto::RequestImage{hash_of(other_program)});
  CHECK_THAT(next->take<proto::Image>()->problem, Catch::Contains("no connected driver has the image"));
}

}  // namespace
}  // namespace blitzen::server
