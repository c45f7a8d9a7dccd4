#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace blitzen::app;
using namespace blitzen::app::test;
using Catch::Matchers::Contains;

TEST_CASE("the command line wins over the environment, that over the config file, that over the default") {
  const ConfigFile file("port = 1\n");
  CHECK(parse_server({}).server.port == 50'000);
  CHECK(parse_server({"--config", file.path()}).server.port == 1);
  const Environment environment("BLITZEN_PORT", "2");
  CHECK(parse_server({}).server.port == 2);
  CHECK(parse_server({"--config", file.path()}).server.port == 2);
  CHECK(parse_server({"--config", file.path(), "--port", "3"}).server.port == 3);
}

TEST_CASE("an environment variable that is set but empty counts as not set") {
  const Environment environment("BLITZEN_PORT", "");
  const ConfigFile file("port = 1\n");
  CHECK(parse_server({"--config", file.path()}).server.port == 1);
}

TEST_CASE("the environment may name the server for a client") {
  const Environment environment("BLITZEN_SERVER", "elsewhere");
  CHECK(parse_client({}).client.server == "elsewhere");
}

TEST_CASE("a nonsense value in the environment is refused") {
  const Environment environment("BLITZEN_PORT", "http");
  CHECK_THAT(refusal([] { return parse_server({}); }), Contains("port"));
}

TEST_CASE("a misspelt key in a config file is refused by name") {
  const ConfigFile file("prot = 1\n");
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), Contains("\"prot\""));
}

TEST_CASE("a key in a section of a config file is refused: there are no sections") {
  const ConfigFile file("[server]\nport = 1\n");
  CHECK_FALSE(refusal([&] { return parse_server({"--config", file.path()}); }).empty());
}

TEST_CASE("a key given twice in a config file is refused by name") {
  const auto content = GENERATE("port = 1\nport = 2\n", "port = 1\nlisten = 127.0.0.1\nport = 2\n");
  const ConfigFile file(content);
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), Contains("port"));
}

TEST_CASE("a nonsense value in a config file is refused with its key") {
  const auto [key, value] = GENERATE(table<const char*, const char*>({
      {"port", "70000"},
      {"timeout", "never"},
      {"insecure", "perhaps"},
      {"log-level", "loud"},
      {"task-limit", "-1"},
  }));
  const ConfigFile file(std::string{key} + " = " + value + "\n");
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), Contains(key));
}

TEST_CASE("a config file cannot ask for help, the version or another config file") {
  const auto key = GENERATE("help", "version", "config");
  const ConfigFile file(std::string{key} + " = true\n");
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), Contains(key));
}

TEST_CASE("a config file that is not there is an error that names it") {
  CHECK_THAT(refusal([] { return parse_server({"--config", "no-such-file.conf"}); }), Contains("no-such-file.conf"));
}

TEST_CASE("--help answers with examples and every environment variable") {
  try {
    (void)parse_server({"--help"});
    FAIL("--help was not answered");
  } catch (const Answer& answer) {
    CHECK_THAT(answer.text, Contains("blitzen-server --duration 30"));
    for (const auto* name : {"BLITZEN_PORT", "BLITZEN_KEY_FILE", "BLITZEN_LISTEN", "BLITZEN_LOG_LEVEL"})
      CHECK_THAT(answer.text, Contains(name));
  }
}

TEST_CASE("--version answers with the program's name and version") {
  try {
    (void)parse_client({"--version"});
    FAIL("--version was not answered");
  } catch (const Answer& answer) {
    CHECK_THAT(answer.text, Catch::Matchers::Matches("blitzen-client [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  }
}
