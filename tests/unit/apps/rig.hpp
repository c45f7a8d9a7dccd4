// What the tests of options share: command lines, environment variables and config files that clean up.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "apps/client/options.hpp"
#include "apps/common/command_line.hpp"
#include "apps/server/options.hpp"

namespace blitzen::app::test {

inline ServerProgram parse_server(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "blitzen-server");
  return parse_server_options(static_cast<int>(arguments.size()), arguments.data());
}

inline ClientProgram parse_client(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "blitzen-client");
  return parse_client_options(static_cast<int>(arguments.size()), arguments.data());
}

/// The sentence with which `parse` refuses; empty if it does not.
template <class Parse>
std::string refusal(const Parse& parse) {
  try {
    (void)parse();
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

/// Sets an environment variable until it goes out of scope.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() { ::unsetenv(name_); }

 private:
  const char* name_;
};

/// A config file that exists until it goes out of scope.
class ConfigFile {
 public:
  explicit ConfigFile(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "blitzen-config-XXXXXX").string();
    ::close(::mkstemp(name.data()));
    path_ = name;
    std::ofstream(path_) << content;
  }
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;
  ~ConfigFile() { std::filesystem::remove(path_); }

  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::string path_;
};

}  // namespace blitzen::app::test
