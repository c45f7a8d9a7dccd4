#include <fstream>
#include <map>
#include <stdexcept>

#include "tests/soak/part.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;

struct Work {
  std::chrono::minutes bound;
  void (*run)(Trial&);
};

std::map<std::string, Work> all_work() {
  return {
      {"worker-kills", {10min, kill_workers}},
      {"client-faults", {20min, kill_and_freeze_clients}},
      {"server-kills", {15min, kill_servers}},
      {"partition", {10min, partition}},
      {"packet-loss", {15min, lose_packets}},
      {"resets", {10min, reset_connections}},
      {"half-open", {10min, leave_half_open}},
      {"dribble", {20min, dribble}},
      {"delay", {10min, delay}},
      {"flood", {15min, flood}},
      {"access", {15min, try_to_get_in}},
      {"descriptors", {10min, exhaust_descriptors}},
      {"timeouts", {10min, time_out}},
      {"wall-clock", {10min, move_the_wall_clock}},
      {"churn", {50min, churn}},
      {"sanitizers-address", {120min, sanitize_addresses}},
      {"sanitizers-thread", {120min, sanitize_threads}},
      {"simulation", {6h, simulate}},
      {"planted-bugs", {2h, plant_bugs}},
      {"fuzzing", {48h, fuzz}},
  };
}

/// scripts/soak shows this file too, without building anything.
std::vector<Part> read_parts() {
  std::map<std::string, Work> work = all_work();
  std::ifstream file(SOAK_REPOSITORY "/tests/soak/parts.txt");
  std::vector<Part> parts;
  std::string name;
  std::string sentence;
  while (file >> name && std::getline(file >> std::ws, sentence)) {
    const auto found = work.extract(name);
    if (found.empty()) throw std::runtime_error("tests/soak/parts.txt names a part that is not there: " + name);
    parts.push_back({name, sentence, found.mapped().bound, found.mapped().run});
  }
  if (!work.empty()) throw std::runtime_error("tests/soak/parts.txt does not name " + work.begin()->first);
  return parts;
}

}  // namespace

const std::vector<Part>& all_parts() {
  static const std::vector<Part> parts = read_parts();
  return parts;
}

}  // namespace blitzen::soak
