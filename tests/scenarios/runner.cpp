// Plays every transcript of this directory and compares what happens with what it says.
// With BLITZEN_REWRITE_SCENARIOS=1 the transcripts are rewritten instead: read the diff before committing it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "stage.hpp"

namespace blitzen::testing {

namespace {

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(BLITZEN_SCENARIOS)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const std::filesystem::path& file) {
  std::ostringstream content;
  content << std::ifstream(file).rdbuf();
  return content.str();
}

/// The transcript as it ought to be: "> " starts a command, two spaces what it leads to, anything else is for readers.
std::string replay(const std::string& transcript) {
  Stage stage;
  std::istringstream in(transcript);
  std::ostringstream out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("  ")) continue;
    out << line << '\n';
    if (!line.starts_with("> ")) continue;
    try {
      for (const std::string& action : stage.play(Command(line.substr(2)))) out << "  " << action << '\n';
    } catch (const std::exception& error) {
      out << "  !! " << error.what() << '\n';
    }
  }
  return out.str();
}

}  // namespace

TEST_CASE("the scheduler does what the transcripts say") {
  const auto files = transcripts();
  REQUIRE_FALSE(files.empty());
  const bool rewrite = std::getenv("BLITZEN_REWRITE_SCENARIOS") != nullptr;
  for (const auto& file : files) {
    DYNAMIC_SECTION(file.stem().string()) {
      const std::string expected = read(file);
      const std::string played = replay(expected);
      CHECK(played.find("!!") == std::string::npos);
      if (rewrite) {
        std::ofstream(file) << played;
      } else {
        INFO("rewrite with: BLITZEN_REWRITE_SCENARIOS=1 scenarios");
        CHECK(played == expected);
      }
    }
  }
}

}  // namespace blitzen::testing
