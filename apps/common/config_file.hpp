// Config files: lines of `key = value`, comments with #.
#pragma once

#include <istream>
#include <stdexcept>
#include <string>
#include <vector>

namespace blitzen::app {

struct ConfigEntry {
  std::string key;
  std::vector<std::string> values;  ///< One, unless the file has a list.
  int line = 0;                     ///< Where the key is, from 1.
};

/// What is wrong with a config file, and where.
class ConfigFileError : public std::runtime_error {
 public:
  ConfigFileError(int line, const std::string& problem) : runtime_error(problem), line_(line) {}
  [[nodiscard]] int line() const noexcept { return line_; }

 private:
  int line_;
};

/// Reads `key = value`, `key = "value"` and `key = ["value", "value"]`; a list may go over several lines.
/// Throws ConfigFileError, also for sections and for a key that is given twice.
[[nodiscard]] std::vector<ConfigEntry> read_config_file(std::istream& file);

}  // namespace blitzen::app
