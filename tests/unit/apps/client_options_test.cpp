#include <catch2/catch.hpp>

#include "rig.hpp"

using namespace blitzen::app::test;
using Catch::Matchers::Contains;

TEST_CASE("blitzen-client needs to be told its server, and nothing else") {
  CHECK_THAT(refusal([] { return parse_client({}); }), Contains("--server"));
  const auto client = parse_client({"--server", "host"}).client;
  CHECK(client.server == "host");
  CHECK(client.port == 50'000);
  CHECK(client.workers == 0);
  CHECK(client.tasks.empty());
  CHECK(client.shipped_code);
}

TEST_CASE("every option of blitzen-client reaches its place") {
  const auto program =
      parse_client({"--server",    "host",       "--port",        "1234",   "--workers",         "6",
                    "--tasks",     "./a.so",     "--tasks",       "./b.so", "--no-shipped-code", "--key-file",
                    "k",           "--insecure", "--compression", "off",    "--log-file",        "l",
                    "--log-level", "error"});
  CHECK(program.client.server == "host");
  CHECK(program.client.port == 1234);
  CHECK(program.client.workers == 6);
  CHECK(program.client.tasks == std::vector<std::filesystem::path>{"./a.so", "./b.so"});
  CHECK_FALSE(program.client.shipped_code);
  CHECK(program.client.key_file == "k");
  CHECK(program.client.insecure);
  CHECK(program.client.compression == blitzen::Compression::off);
  CHECK(program.logging.file == "l");
  CHECK(program.logging.level == "error");
}

TEST_CASE("the memory of workers is given with a unit") {
  const auto memory_of = [](const char* size) {
    return parse_client({"--server", "host", "--worker-memory", size}).client.worker_memory;
  };
  CHECK(parse_client({"--server", "host"}).client.worker_memory == 0);
  CHECK(memory_of("0") == 0);
  CHECK(memory_of("16384K") == 16ULL << 20U);
  CHECK(memory_of("512M") == 512ULL << 20U);
  CHECK(memory_of("2G") == 2ULL << 30U);
  CHECK(memory_of("1T") == 1ULL << 40U);
  const Environment variable("BLITZEN_WORKER_MEMORY", "3G");
  CHECK(parse_client({"--server", "host"}).client.worker_memory == 3ULL << 30U);
}

TEST_CASE("a nonsense amount of memory is refused with what is allowed") {
  const auto size =
      GENERATE("", "2", "1000000000", "2GB", "2g", "G", "-1G", "1.5G", "15M", "1K", "lots", "9999999999T");
  CAPTURE(size);
  CHECK_THAT(refusal([&] {
               return parse_client({"--server", "host", "--worker-memory", size});
             }),
             Contains("--worker-memory must be 0, or a size of at least 16M such as 512M or 2G"));
}

TEST_CASE("a nonsense value for blitzen-client is refused with the option's name") {
  const auto [option, value] = GENERATE(table<const char*, const char*>({
      {"--port", "0"},
      {"--port", "65536"},
      {"--workers", "-1"},
      {"--workers", "4097"},
      {"--workers", "all"},
      {"--workers", "2.5"},
  }));
  CAPTURE(option, value);
  CHECK_THAT(refusal([option = option, value = value] {
               return parse_client({"--server", "host", option, value});
             }),
             Contains(option));
}

TEST_CASE("the server of blitzen-client may be a name or any IP address") {
  CHECK(parse_client({"--server", "host.example"}).client.server == "host.example");
  CHECK(parse_client({"--server", "127.0.0.1"}).client.server == "127.0.0.1");
  CHECK(parse_client({"--server", "::1"}).client.server == "::1");
  CHECK(parse_client({"--server", "[::1]"}).client.server == "[::1]");
  CHECK(parse_client({"--server", "fe80::1%eth0"}).client.server == "fe80::1%eth0");
}

TEST_CASE("a server together with its port is refused: the port has an option of its own") {
  const auto server = GENERATE("127.0.0.1:50000", "host:50000", "[::1]:50000", "host:");
  CHECK_THAT(refusal([&] {
               return parse_client({"--server", server});
             }),
             Catch::Matchers::StartsWith("--server must be") && Contains("put the port in --port"));
}

TEST_CASE("an option is no server") {
  CHECK_THAT(refusal([] { return parse_client({"--server", "--insecure"}); }), Contains("--server must be"));
}
