// What the soak is asked to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace blitzen::soak {

struct Options {
  bool help = false;
  double scale = 1;
  std::uint64_t seed = 1;
  std::filesystem::path directory;
  std::filesystem::path figures;  ///< Where they are kept; empty: beside the logs.
  std::string sources;            ///< Names what is tried; empty: unknown, and nothing is resumed.
  bool resume = false;
  std::vector<std::string> parts;  ///< Empty: all.
};

extern const char* const usage;

/// Throws std::invalid_argument with a sentence that says what is wrong.
[[nodiscard]] Options parse_options(const std::vector<std::string>& arguments);

}  // namespace blitzen::soak
