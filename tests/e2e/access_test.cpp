// Who is let in, and what those are told who are not.
#include <catch2/catch.hpp>
#include <fstream>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/loopback.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

namespace fs = std::filesystem;

void write_key(const fs::path& file, char digit, fs::perms permissions) {
  std::ofstream(file) << std::string(64, digit) << '\n';
  fs::permissions(file, permissions);
}

constexpr auto owner_only = fs::perms::owner_read | fs::perms::owner_write;

/// A client with these arguments ends like this.
void check_client(const Arguments& arguments, ExitCode code, const std::string& sentence) {
  const TemporaryDirectory directory;
  Daemon client({.program = CLIENT_PROGRAM,
                 .arguments = concat({"--server", "127.0.0.1", "--workers", "1"}, arguments),
                 .directory = directory.path()});
  CHECK(client.wait_exit() == status(code));
  const std::string words = client.text(Daemon::Stream::err);
  CAPTURE(words);
  CHECK(words.find("error: ") != std::string::npos);
  CHECK_THAT(words.substr(words.find("error: ")), Catch::Contains(sentence));
}

void check_driver(const DistributedOptions& options, ErrorCode code, const std::string& sentence) {
  const Error error = connect_error(options);
  CHECK(error.code() == code);
  CHECK_THAT(error.what(), Catch::Contains(sentence));
}

std::string port_text(std::uint16_t port) { return std::to_string(port); }

}  // namespace

TEST_CASE("another key is told apart from every other trouble", "[access]") {
  Cluster cluster;
  const auto key = cluster.directory() / "other.key";
  write_key(key, 'a', owner_only);
  const auto sentence = "holds another cluster key than " + key.string() + ": copy its key file to this machine";
  check_client({"--port", port_text(cluster.port()), "--key-file", key}, ExitCode::wrong_key, sentence);
  check_driver({.port = cluster.port(), .key_file = key}, ErrorCode::wrong_key, sentence);

  cluster.start_client(1);
  DistributedDispatcher welcome(cluster.driver());
  CHECK(welcome.get_result(welcome.run(square, 4)).value() == 16);
}

TEST_CASE("a missing key file is named", "[access]") {
  Cluster cluster;
  const auto key = cluster.directory() / "no.key";
  const std::string sentence = "the key file " + key.string() + " does not exist: copy the server's key to it";
  check_client({"--port", port_text(cluster.port()), "--key-file", key}, ExitCode::bad_key_file, sentence);
  check_driver({.port = cluster.port(), .key_file = key}, ErrorCode::bad_key_file, sentence);
}

TEST_CASE("a key file that others can read is refused by every program", "[access]") {
  Cluster cluster;
  const auto key = cluster.directory() / "open.key";
  write_key(key, 'a', owner_only | fs::perms::group_read);
  const std::string sentence = "can be used by others than its owner: run chmod 600 " + key.string();
  check_client({"--port", port_text(cluster.port()), "--key-file", key}, ExitCode::bad_key_file, sentence);
  check_driver({.port = cluster.port(), .key_file = key}, ErrorCode::bad_key_file, sentence);
  Daemon& server = cluster.launch(SERVER_PROGRAM, {"--port", "0", "--key-file", key}, "careless");
  CHECK(server.wait_exit() == status(ExitCode::bad_key_file));
  CHECK_THAT(server.text(Daemon::Stream::err), Catch::Contains(sentence));
}

TEST_CASE("programs of one user on one machine find the key by themselves", "[access]") {
  Cluster cluster;
  CHECK(fs::status(cluster.key_file()).permissions() == owner_only);
  CHECK(fs::status(cluster.key_file().parent_path()).permissions() == fs::perms::owner_all);
  Daemon& client = cluster.launch(
      CLIENT_PROGRAM, {"--server", "127.0.0.1", "--port", port_text(cluster.port()), "--workers", "1"}, "server");
  client.wait_for_line("connected to ");
}

TEST_CASE("a server without a key tells those who have one", "[access]") {
  Cluster cluster({"--insecure"});
  const auto key = cluster.directory() / "some.key";
  write_key(key, 'a', owner_only);
  const auto sentence = "is insecure (--insecure), but this program has a cluster key";
  check_client({"--port", port_text(cluster.port()), "--key-file", key}, ExitCode::wrong_key, sentence);
  check_driver({.port = cluster.port(), .key_file = key}, ErrorCode::wrong_key, sentence);

  cluster.start_client(1);
  DistributedDispatcher welcome(cluster.driver());
  CHECK(welcome.get_result(welcome.run(square, 4)).value() == 16);
}

TEST_CASE("a server with a key tells those who come without one", "[access]") {
  Cluster cluster;
  const auto sentence = "wants its cluster key";
  check_client({"--port", port_text(cluster.port()), "--insecure"}, ExitCode::wrong_key, sentence);
  check_driver({.port = cluster.port(), .insecure = true}, ErrorCode::wrong_key, sentence);
}

TEST_CASE("a server without a key listens on loopback only", "[access]") {
  const TemporaryDirectory directory;
  Daemon server({.program = SERVER_PROGRAM,
                 .arguments = {"--listen", "0.0.0.0", "--port", "0", "--insecure"},
                 .directory = directory.path()});
  CHECK(server.wait_exit() == status(ExitCode::usage));
  CHECK_THAT(server.text(Daemon::Stream::err), Catch::Contains("listens on loopback only"));
}

TEST_CASE("what does not speak Blitzen's protocol is recognised", "[access]") {
  const TemporaryDirectory directory;
  const auto key = directory.path() / "some.key";
  write_key(key, 'a', owner_only);
  const FakeServer web(to_bytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  const auto sentence = "does not speak Blitzen's protocol: is this blitzen-server's port?";
  check_client({"--port", port_text(web.port()), "--key-file", key}, ExitCode::not_blitzen, sentence);
  check_client({"--port", port_text(web.port()), "--insecure"}, ExitCode::not_blitzen, sentence);
  check_driver({.port = web.port(), .key_file = key}, ErrorCode::not_blitzen, sentence);
  check_driver({.port = web.port(), .insecure = true}, ErrorCode::not_blitzen, sentence);
}

TEST_CASE("a port at which nothing listens is named after some patience", "[access]") {
  const DeadPort dead;
  const auto sentence = "cannot reach blitzen-server at 127.0.0.1:" + port_text(dead.number());
  check_driver({.port = dead.number(), .connect_patience = std::chrono::milliseconds{100}, .insecure = true},
               ErrorCode::cannot_connect, sentence);
  check_client({"--port", port_text(dead.number()), "--insecure"}, ExitCode::cannot_connect, sentence);
}

TEST_CASE("a port that is taken is named", "[access]") {
  Cluster cluster;
  Daemon& second =
      cluster.launch(SERVER_PROGRAM, {"--listen", "127.0.0.1", "--port", port_text(cluster.port())}, "second");
  CHECK(second.wait_exit() == status(ExitCode::system));
  CHECK_THAT(second.text(Daemon::Stream::err), Catch::Contains(port_text(cluster.port())));
}

}  // namespace blitzen::e2e
