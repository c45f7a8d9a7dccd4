#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace blitzen::app;
using namespace blitzen::app::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

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

TEST_CASE("a nonsense value in the environment is refused with the variable's name") {
  const Environment environment("BLITZEN_PORT", "http");
  const auto expected = StartsWith("BLITZEN_PORT must be a whole number from 0 to 65535, not \"http\"");
  CHECK_THAT(refusal([] { return parse_server({}); }), expected);
  const ConfigFile file("port = 1\n");
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), expected);
}

TEST_CASE("a misspelt option is named before anything that it may have caused") {
  CHECK(refusal([] {
          return parse_client({"--sever", "127.0.0.1"});
        }) == "unknown option --sever; did you mean --server? see blitzen-client --help");
  CHECK(refusal([] {
          return parse_client({"--server", "host", "--worker", "3"});
        }) == "unknown option --worker; did you mean --workers? see blitzen-client --help");
  CHECK(refusal([] {
          return parse_client({"--worker=3", "--port", "many"});
        }) == "unknown option --worker; did you mean --workers? see blitzen-client --help");
  CHECK(refusal([] { return parse_server({"--colour"}); }) == "unknown option --colour; see blitzen-server --help");
  CHECK(refusal([] {
          return parse_server({"-p", "1"});
        }) == "unknown option -p; did you mean --port? see blitzen-server --help");
}

TEST_CASE("an argument without its option is named") {
  CHECK(refusal([] { return parse_client({"127.0.0.1"}); }) ==
        "unexpected argument \"127.0.0.1\"; did you mean --server 127.0.0.1? see blitzen-client --help");
  CHECK(refusal([] { return parse_server({"127.0.0.1"}); }) ==
        "unexpected argument \"127.0.0.1\"; see blitzen-server --help");
}

TEST_CASE("an option needs one value") {
  CHECK(refusal([] { return parse_server({"--port"}); }) == "--port needs a value; see blitzen-server --help");
  CHECK_THAT(refusal([] { return parse_server({"--port", "1", "--port", "2"}); }), StartsWith("--port is given twice"));
  CHECK_THAT(refusal([] { return parse_server({"--insecure=maybe"}); }),
             StartsWith("--insecure must be true or false, not \"maybe\""));
}

TEST_CASE("what is wrong with a config file is told with its name and line") {
  const auto [content, sentence] = GENERATE(table<const char*, const char*>({
      {"\nprot = 1\n", "line 2: unknown key \"prot\"; did you mean port? see"},
      {"\ncolour = red\n", "line 2: unknown key \"colour\"; see"},
      {"[server]\nport = 1\n", "line 1: \"[server]\" looks like a section, and sections are not used"},
      {"port = 1\nlisten = 127.0.0.1\nport = 2\n", "line 3: port is given twice"},
      {"port = 1\nport = 2\n", "line 2: port is given twice"},
      {"port = [1, 2]\n", "line 1: port takes one value, not a list"},
      {"listen = \"::1\n", "line 1: a quote is not closed"},
      {"\n\nport = 70000", "line 3: port must be a whole number from 0 to 65535, not \"70000\""},
      {"timeout = never", "line 1: timeout must be 0, or seconds"},
      {"insecure = maybe", "line 1: insecure must be true or false, not \"maybe\""},
      {"log-level = loud", "line 1: log-level must be"},
      {"task-limit = -1", "line 1: task-limit must be"},
      {"listen = 127.0.0.1:50000", "line 1: listen must be a host name or an IP address"},
  }));
  const ConfigFile file(content);
  CHECK_THAT(refusal([&] {
               return parse_server({"--config", file.path()});
             }),
             StartsWith(std::string{file.path()} + ", " + sentence));
}

TEST_CASE("an option on the command line is blamed for itself, whatever the environment and the config file say") {
  const Environment environment("BLITZEN_PORT", "2");
  const ConfigFile file("port = 1\n");
  CHECK_THAT(refusal([&] {
               return parse_server({"--config", file.path(), "--port=many"});
             }),
             StartsWith("--port must be"));
}

TEST_CASE("a switch in a config file may be off") {
  const ConfigFile file("insecure = false\n");
  CHECK_FALSE(parse_server({"--config", file.path()}).server.insecure);
}

TEST_CASE("the environment variables of this program are not worth a word") {
  const Environment port("BLITZEN_PORT", "1");
  const Environment zygote("BLITZEN_ZYGOTE", "");
  CHECK(parse_server({}).logging.warnings.empty());
}

TEST_CASE("a variable that looks like one of Blitzen's and sets nothing is worth a warning") {
  const auto [name, sentence] = GENERATE(table<const char*, const char*>({
      {"BLITZEN_PROT",
       "the environment variable BLITZEN_PROT sets nothing in blitzen-server; did you mean BLITZEN_PORT?"},
      {"BLITZEN_INSECURE",
       "the environment variable BLITZEN_INSECURE sets nothing in blitzen-server; use the option --insecure instead"},
      {"BLITZEN_COLOUR", "the environment variable BLITZEN_COLOUR sets nothing in blitzen-server"},
  }));
  const Environment environment(name, "1");
  CHECK(parse_server({}).logging.warnings == std::vector<std::string>{sentence});
}

TEST_CASE("a config file cannot ask for help, the version or another config file") {
  const auto key = GENERATE("help", "version", "config");
  const ConfigFile file(std::string{key} + " = true\n");
  CHECK_THAT(refusal([&] { return parse_server({"--config", file.path()}); }), Contains(key));
}

TEST_CASE("a config file that is not there is an error that names it") {
  CHECK_THAT(refusal([] {
               return parse_server({"--config", "no-such-file.conf"});
             }),
             StartsWith("the config file no-such-file.conf cannot be read"));
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
