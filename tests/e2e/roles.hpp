// What the test program does as a process of its own instead of running tests: drivers that live and die alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace blitzen::e2e {

struct Role {
  std::string name;
  std::vector<std::string> arguments;
};

/// e2e_tests --role NAME ARGUMENT...
[[nodiscard]] std::optional<Role> role_asked_for(int argc, char** argv);

/// Returns the exit status.
[[nodiscard]] int play(const Role& role);

}  // namespace blitzen::e2e
