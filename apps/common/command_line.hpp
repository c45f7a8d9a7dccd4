// CLI11, set up the way all of Blitzen's programs want it.
#pragma once

#include <CLI/App.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "apps/common/config_file.hpp"

namespace blitzen::app {

/// Thrown for an option, environment variable or key of the config file that makes no sense; the sentence names it.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown when the command line asks a question (--help, --version): main's work is to print the answer.
struct Answer {
  std::string text;
};

/// A program's options. The command line wins over the environment, that over the config file, that over the defaults.
class CommandLine : public CLI::App {
 public:
  /// `examples`: command lines, one a line, each with a `# comment` that says what it does.
  CommandLine(const std::string& name, const std::string& description, const std::string& examples);

  /// Adds --config FILE: a file of `option = value` lines. A key that is no option is an error.
  void take_config_file();

  /// Sets every option. Throws UsageError or Answer.
  void read(int argc, const char* const* argv);

  /// A sentence for each environment variable that looks like one of Blitzen's but sets no option of this program.
  [[nodiscard]] std::vector<std::string> ignored_variables() const;

 private:
  class ConfigReader;

  [[nodiscard]] std::string explain(const CLI::ParseError& error) const;
  [[nodiscard]] std::string explain_argument(const std::string& argument) const;
  /// As somebody should know it who is to correct its value: --port, BLITZEN_PORT, or a line of the config file.
  [[nodiscard]] std::string source_of(const CLI::Option& option) const;
  [[nodiscard]] std::string config_line(int line) const;
  [[nodiscard]] std::vector<std::string> option_names() const;

  std::string program_;
  std::vector<std::string> arguments_;
  std::vector<ConfigEntry> config_;
};

}  // namespace blitzen::app
