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
      {"partition", "20,000 tasks, no packet for 60 s: none lost or doubled, noticed within 15 s", 10min, partition},
      {"packet-loss", "20,000 tasks while 5 % of all packets are lost: none lost or doubled", 15min, lose_packets},
      {"resets", "20,000 tasks while connections are reset: none lost or doubled", 10min, reset_connections},
      {"half-open", "20,000 tasks while connections fall silent: none lost or doubled, noticed within 15 s", 10min,
       leave_half_open},
      {"dribble", "20,000 tasks, one byte at a time: none lost or doubled", 20min, dribble},
      {"delay", "20,000 tasks with 50 ms of delay each way: none lost or doubled", 10min, delay},
      {"flood", "10,000 idle connections and 10,000 with garbage, none with the key: 90 % of the goodput, +64 MiB",
       15min, flood},
      {"access", "10,000 tries to get in without the key: none succeeds, and no payload is readable on the wire", 15min,
       try_to_get_in},
      {"descriptors", "a server that runs out of descriptors says so, goes on and recovers", 10min,
       exhaust_descriptors},
      {"timeouts", "1,000 timeouts of tasks that ignore SIGTERM or fork: no process is left after 4 s", 10min,
       time_out},
      {"wall-clock", "the wall clock is moved by an hour, forth and back: no false timeout", 10min,
       move_the_wall_clock},
      {"churn", "half an hour of clients, drivers and workers that come and go: memory and descriptors are flat", 50min,
       churn},
      {"sanitizers-address", "all tests under AddressSanitizer and UndefinedBehaviorSanitizer: no report", 120min,
       sanitize_addresses},
      {"sanitizers-thread", "all tests under ThreadSanitizer: no report", 120min, sanitize_threads},
      {"simulation", "100,000 simulated clusters with faults: no promise is broken", 6h, simulate},
      {"planted-bugs", "bugs planted in the sources, one at a time: the simulator catches all", 2h, plant_bugs},
      {"fuzzing", "10,000,000 executions of each fuzz target: no finding", 48h, fuzz},
  };
  return parts;
}

}  // namespace blitzen::soak
