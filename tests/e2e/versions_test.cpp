#include <catch2/catch.hpp>

#include "proto/packets.hpp"
#include "tests/e2e/cluster.hpp"
#include "tests/e2e/loopback.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

/// Far enough ahead to speak nothing that this program does.
constexpr std::uint16_t future = proto::protocol_version + 100;

proto::Hello hello_of_the_future(proto::Role role) {
  return {.version = future,
          .oldest_version = future,
          .role = role,
          .program_version = "9.0",
          .architecture = "x86_64",
          .host = "elsewhere",
          .process = 1,
          .packet_bytes_max = 1U << 30U};
}

const std::string theirs = std::to_string(future);
const std::string ours = std::to_string(proto::protocol_version);

}  // namespace

TEST_CASE("a server says goodbye to a peer of another version in a sentence that names both", "[versions]") {
  Cluster cluster({"--insecure"});
  const proto::Role role = GENERATE(proto::Role::driver, proto::Role::client);
  const Bytes answer = talk_to(cluster.port(), frame_of(hello_of_the_future(role)));
  std::span<const std::byte> rest = answer;
  CHECK(take_packet<proto::Hello>(rest).version == proto::protocol_version);
  const auto goodbye = take_packet<proto::Goodbye>(rest);
  CHECK(goodbye.reason == proto::GoodbyeReason::version_mismatch);
  CHECK(goodbye.sentence ==
        "this program speaks protocol version " + theirs + " and the server " + ours + ": update the server");
  CHECK(rest.empty());
  CHECK_THAT(cluster.server().wait_for_line("protocol version"), Catch::Contains(theirs) && Catch::Contains(ours));
}

TEST_CASE("client and driver tell a server of another version", "[versions]") {
  const FakeServer server(frame_of(hello_of_the_future(proto::Role::server)));
  const auto sentence = "speaks protocol version " + theirs + " and this program " + ours + ": update this program";
  const Error error = connect_error({.port = server.port(), .insecure = true});
  CHECK(error.code() == ErrorCode::version_mismatch);
  CHECK_THAT(error.what(), Catch::Contains(sentence));

  const TemporaryDirectory directory;
  Daemon client({.program = CLIENT_PROGRAM,
                 .arguments = {"--server", "127.0.0.1", "--port", std::to_string(server.port()), "--insecure"},
                 .directory = directory.path()});
  CHECK(client.wait_exit() == status(ExitCode::version_mismatch));
  CHECK_THAT(client.text(Daemon::Stream::err), Catch::Contains(sentence));
}

TEST_CASE("garbage does not harm the server", "[versions]") {
  Cluster cluster(GENERATE(Arguments{}, Arguments{"--insecure"}));
  const Bytes answer = talk_to(cluster.port(), to_bytes("GET / HTTP/1.1\r\nHost: blitzen\r\n\r\n"));
  CHECK_FALSE(answer.empty());
  cluster.start_client(1);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(square, 4)).value() == 16);
}

}  // namespace blitzen::e2e
