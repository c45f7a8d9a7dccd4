#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace blitzen::app::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

TEST_CASE("blitzen-server without options listens everywhere on port 50000 until it is stopped") {
  const auto server = parse_server({}).server;
  CHECK(server.address == "0.0.0.0");
  CHECK(server.port == 50'000);
  CHECK(server.duration == 0s);
  CHECK(server.timeout == 0s);
  CHECK(server.revive_limit == -1);
  CHECK(server.driver_patience == std::chrono::seconds{30});
  CHECK(server.job_retention == std::chrono::hours{7 * 24});
  CHECK(server.job_bytes == 1024ULL * 1024 * 1024);
  CHECK_FALSE(server.insecure);
  CHECK(server.key_file.empty());
}

TEST_CASE("every option of blitzen-server reaches its place") {
  const auto program = parse_server({"--listen",    "127.0.0.1",
                                     "--port",      "1234",
                                     "--duration",  "30",
                                     "--key-file",  "k",
                                     "--insecure",  "--compression",
                                     "on",          "--task-limit",
                                     "5",           "--timeout",
                                     "7.5",         "--revive-limit",
                                     "3",           "--driver-patience",
                                     "2.5",         "--job-retention",
                                     "3600",        "--job-bytes",
                                     "2G",          "--journal",
                                     "j",           "--journal-salvage",
                                     "--log-file",  "l",
                                     "--log-level", "debug"});
  CHECK(program.server.address == "127.0.0.1");
  CHECK(program.server.port == 1234);
  CHECK(program.server.duration == 30s);
  CHECK(program.server.key_file == "k");
  CHECK(program.server.insecure);
  CHECK(program.server.compression == blitzen::Compression::on);
  CHECK(program.server.task_limit == 5);
  CHECK(program.server.timeout == 7500ms);
  CHECK(program.server.revive_limit == 3);
  CHECK(program.server.driver_patience == std::chrono::milliseconds{2500});
  CHECK(program.server.job_retention == std::chrono::hours{1});
  CHECK(program.server.job_bytes == 2ULL * 1024 * 1024 * 1024);
  CHECK(program.server.journal == "j");
  CHECK(program.server.journal_salvage);
  CHECK(program.logging.file == "l");
  CHECK(program.logging.level == "debug");
}

TEST_CASE("a nonsense value for blitzen-server is refused with the option's name") {
  const auto [option, value] = GENERATE(table<const char*, const char*>({
      {"--port", "70000"},
      {"--port", "-1"},
      {"--port", "http"},
      {"--port", "0x50"},
      {"--port", ""},
      {"--task-limit", "0"},
      {"--task-limit", "-1"},
      {"--task-limit", "99999999999999999999"},
      {"--timeout", "-1"},
      {"--timeout", "nan"},
      {"--timeout", "inf"},
      {"--timeout", "7s"},
      {"--timeout", "1e300"},
      {"--timeout", "0.0001"},
      {"--duration", "soon"},
      {"--job-bytes", "0"},
      {"--job-bytes", "1X"},
      {"--revive-limit", "-2"},
      {"--revive-limit", "many"},
      {"--compression", "yes"},
      {"--compression", "automatic"},
      {"--journal", ""},
      {"--key-file", ""},
      {"--log-file", ""},
      {"--log-level", "loud"},
      {"--log-level", "INFO"},
  }));
  CAPTURE(option, value);
  CHECK_THAT(refusal([option = option, value = value] { return parse_server({option, value}); }), Contains(option));
}

TEST_CASE("a refusal of a size names 0 where that means something") {
  CHECK(parse_server({"--memory-limit", "0"}).server.memory_limit == 0);
  CHECK_THAT(refusal([] { return parse_server({"--memory-limit", "1X"}); }), Contains("must be 0, or a size of at"));
  CHECK_THAT(refusal([] { return parse_server({"--job-bytes", "0"}); }), Contains("must be a size of at least 1M"));
}

TEST_CASE("compression is one of three words, which a refusal lists") {
  CHECK(parse_server({}).server.compression == blitzen::Compression::automatic);
  CHECK(parse_server({"--compression", "auto"}).server.compression == blitzen::Compression::automatic);
  CHECK(parse_server({"--compression", "off"}).server.compression == blitzen::Compression::off);
  CHECK_THAT(refusal([] {
               return parse_server({"--compression", "zstd"});
             }),
             Contains("must be auto, on or off, not \"zstd\""));
}

TEST_CASE("a leading zero does not make a number octal") { CHECK(parse_server({"--port", "0100"}).server.port == 100); }

TEST_CASE("a misspelt option of blitzen-server is refused by name, and --help is pointed at") {
  const auto sentence = refusal([] { return parse_server({"--prot", "1"}); });
  CHECK_THAT(sentence, Contains("--prot"));
  CHECK_THAT(sentence, Contains("blitzen-server --help"));
}
