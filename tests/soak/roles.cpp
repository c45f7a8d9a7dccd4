#include "tests/soak/roles.hpp"

#include <stdexcept>

#include "tests/soak/attackers.hpp"
#include "tests/soak/driver.hpp"

namespace blitzen::soak {

std::optional<Role> role_asked_for(int argc, char** argv) {
  if (argc < 3 || std::string(argv[1]) != "--role") return std::nullopt;
  return Role{argv[2], {argv + 3, argv + argc}};
}

int play(const Role& role) {
  if (role.name == "driver") {
    drive(role.arguments);
  } else if (role.name == "flood") {
    flood_server(role.arguments);
  } else {
    throw std::invalid_argument("there is no role " + role.name);
  }
  return 0;
}

}  // namespace blitzen::soak
