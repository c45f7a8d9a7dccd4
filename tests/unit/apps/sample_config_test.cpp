#include <catch2/catch.hpp>
#include <set>
#include <sstream>

#include "rig.hpp"

using namespace blitzen::app::test;

namespace {

/// The sample with every `# key = value` line uncommented.
std::string uncommented(const std::string& name) {
  std::ifstream sample(std::filesystem::path(BLITZEN_SAMPLE_CONFIG) / name);
  REQUIRE(sample);
  std::ostringstream content;
  for (std::string line; std::getline(sample, line);) {
    if (line.starts_with("# ") && line.find(" = ") != std::string::npos) line.erase(0, 2);
    content << line << '\n';
  }
  return content.str();
}

/// The options that --help lists, apart from those that no file may set.
std::set<std::string> options_in(const std::string& help) {
  std::set<std::string> options;
  for (std::size_t at = help.find("  --"); at != std::string::npos; at = help.find("  --", at + 1))
    options.insert(help.substr(at + 4, help.find_first_of(" \n", at + 4) - at - 4));
  options.erase("version");
  options.erase("config");
  return options;
}

template <class Parse>
std::string help_of(const Parse& parse) {
  try {
    (void)parse({"--help"});
  } catch (const blitzen::app::Answer& answer) {
    return answer.text.substr(0, answer.text.find("Examples:"));
  }
  return {};
}

}  // namespace

TEST_CASE("the sample config of blitzen-server shows the defaults and parses with every line uncommented") {
  const ConfigFile file(uncommented("blitzen-server.conf"));
  const auto server = parse_server({"--config", file.path()}).server;
  const blitzen::ServerOptions defaults;
  CHECK(server.address == defaults.address);
  CHECK(server.port == defaults.port);
  CHECK(server.insecure == defaults.insecure);
  CHECK(server.compression == defaults.compression);
  CHECK(server.duration == defaults.duration);
  CHECK(server.task_limit == defaults.task_limit);
  CHECK(server.memory_limit == defaults.memory_limit);
  CHECK(server.timeout == defaults.timeout);
  CHECK(server.revive_limit == defaults.revive_limit);
}

TEST_CASE("the sample config of blitzen-client shows the defaults and parses with every line uncommented") {
  const ConfigFile file(uncommented("blitzen-client.conf"));
  const auto client = parse_client({"--config", file.path()}).client;
  const blitzen::ClientOptions defaults;
  CHECK(client.port == defaults.port);
  CHECK(client.insecure == defaults.insecure);
  CHECK(client.compression == defaults.compression);
  CHECK(client.workers == defaults.workers);
  CHECK(client.worker_memory == defaults.worker_memory);
  CHECK(client.shipped_code == defaults.shipped_code);
  CHECK(client.tasks.size() == 2);
}

TEST_CASE("the sample configs know every option that --help knows") {
  const auto check = [](const std::string& sample, const std::set<std::string>& options) {
    CHECK(options.size() >= 9);
    for (const auto& option : options) {
      CAPTURE(option);
      CHECK(sample.find('\n' + option + " = ") != std::string::npos);
    }
  };
  check(uncommented("blitzen-server.conf"), options_in(help_of(&parse_server)));
  check(uncommented("blitzen-client.conf"), options_in(help_of(&parse_client)));
}
