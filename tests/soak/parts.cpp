#include "tests/soak/part.hpp"

namespace blitzen::soak {

using namespace std::chrono_literals;

const std::vector<Part>& all_parts() {
  static const std::vector<Part> parts{
      {"worker-kills", "1,000 SIGKILLs of workers over 100,000 tasks: none lost, none committed twice", 10min,
       kill_workers},
      {"client-faults", "100 clients killed, 100 frozen until they are given up: none lost, no stale result accepted",
       20min, kill_and_freeze_clients},
      {"server-kills", "a server with a journal killed 50 times under load: none lost, no outcome changed", 15min,
       kill_servers},
      {"resets", "20,000 tasks while connections are reset: none lost or doubled", 10min, reset_connections},
      {"half-open", "20,000 tasks while connections fall silent: none lost or doubled, noticed within 15 s", 10min,
       leave_half_open},
      {"dribble", "20,000 tasks, one byte at a time: none lost or doubled", 20min, dribble},
      {"delay", "20,000 tasks with 50 ms of delay each way: none lost or doubled", 10min, delay},
  };
  return parts;
}

}  // namespace blitzen::soak
