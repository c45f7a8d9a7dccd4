// What the soak's program does as a process of its own instead of running parts.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace blitzen::soak {

struct Role {
  std::string name;
  std::vector<std::string> arguments;
};

/// blitzen_soak --role NAME ARGUMENT...
[[nodiscard]] std::optional<Role> role_asked_for(int argc, char** argv);

/// Returns the exit status. Throws std::invalid_argument when there is no such role.
[[nodiscard]] int play(const Role& role);

}  // namespace blitzen::soak
