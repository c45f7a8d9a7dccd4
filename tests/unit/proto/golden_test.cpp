// The bytes of every packet are pinned in tests/golden/packets.txt. To rewrite that file after a deliberate change, run
// with BLITZEN_REWRITE_GOLDEN=1 and read the difference before committing it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "proto/codec.hpp"
#include "proto/frame.hpp"
#include "sample_packets.hpp"

namespace blitzen::proto {
namespace {

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += digits[std::to_integer<unsigned>(byte) >> 4U];
    text += digits[std::to_integer<unsigned>(byte) & 0xFU];
  }
  return text;
}

std::map<std::string, std::string> golden_bytes() {
  std::ifstream file{BLITZEN_GOLDEN_FILE};
  REQUIRE(file);
  std::map<std::string, std::string> lines;
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.empty() || line.front() == '#' || colon == std::string::npos) continue;
    lines[line.substr(0, colon)] = line.substr(colon + 2);
  }
  return lines;
}

/// The bytes of the first fenced block that is marked "hex": two digits each, comments after a semicolon.
std::vector<std::byte> worked_example() {
  std::ifstream file{BLITZEN_PROTOCOL_FILE};
  REQUIRE(file);
  std::vector<std::byte> bytes;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line == "```hex") {
      inside = true;
    } else if (inside && line == "```") {
      return bytes;
    } else if (inside) {
      std::istringstream digits{line.substr(0, line.find(';'))};
      for (std::string pair; digits >> pair;) bytes.push_back(static_cast<std::byte>(std::stoul(pair, nullptr, 16)));
    }
  }
  FAIL("PROTOCOL.md has no hex block");
  return {};
}

TEST_CASE("every packet has the bytes it always had") {
  if (std::getenv("BLITZEN_REWRITE_GOLDEN") != nullptr) {
    std::ofstream file{BLITZEN_GOLDEN_FILE};
    file << "# The bodies of tests/unit/proto/sample_packets.hpp. A change here breaks every program already "
            "installed.\n";
    for_each_sample(
        [&](const char* name, const auto& sample) { file << name << ": " << to_hex(encoded(sample)) << '\n'; });
  }
  const auto golden = golden_bytes();
  std::size_t samples = 0;
  for_each_sample([&](const char* name, const auto& sample) {
    CAPTURE(name);
    ++samples;
    const auto line = golden.find(name);
    REQUIRE(line != golden.end());
    CHECK(to_hex(encoded(sample)) == line->second);
  });
  CHECK(samples == golden.size());
}

TEST_CASE("the worked example of PROTOCOL.md is what this program sends") {
  const auto body = encoded(SubmitTasks{.tasks = {{.number = 7,
                                                   .function = 1,
                                                   .timeout_ns = 7'000'000'000,
                                                   .worker_deaths_max = 3,
                                                   .arguments = sample_bytes("\x05\x01\x01\x01")}}});
  const auto header = encode_frame_header(
      {.body_bytes = static_cast<std::uint32_t>(body.size()), .packet = PacketNumber::submit_tasks});
  CHECK(to_hex(worked_example()) == to_hex(header) + to_hex(body));
}

}  // namespace
}  // namespace blitzen::proto
