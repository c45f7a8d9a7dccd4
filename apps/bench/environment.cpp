#include "apps/bench/environment.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace blitzen::bench {

void use_own_environment(const std::filesystem::path& directory) {
  std::vector<std::string> of_blitzen;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view setting = *entry;
    if (setting.starts_with("BLITZEN_")) of_blitzen.emplace_back(setting.substr(0, setting.find('=')));
  }
  for (const auto& name : of_blitzen) ::unsetenv(name.c_str());
  ::setenv("XDG_CONFIG_HOME", (directory / "config").c_str(), 1);
  ::setenv("XDG_CACHE_HOME", (directory / "cache").c_str(), 1);
}

}  // namespace blitzen::bench
