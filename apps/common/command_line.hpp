// CLI11, set up the way all of Blitzen's programs want it.
#pragma once

#include <CLI/App.hpp>
#include <stdexcept>
#include <string>

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

  /// Adds --config FILE: a file of `option = value` lines. An unknown or repeated key in it is an error.
  void take_config_file();

  /// Sets every option. Throws UsageError or Answer.
  void read(int argc, const char* const* argv);

 private:
  std::string program_;
};

}  // namespace blitzen::app
