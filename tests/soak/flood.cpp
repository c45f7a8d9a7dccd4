// Ten thousand who have no key and say nothing, and ten thousand who say garbage.
#include <csignal>
#include <filesystem>

#include "tests/soak/attackers.hpp"
#include "tests/soak/farm.hpp"
#include "tests/soak/pause.hpp"
#include "tests/soak/server_facts.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Of each window in which tasks are counted. The connections are made in the first two thirds, and stay to the end.
constexpr auto window = 15s;
constexpr auto flood_time = 10s;
constexpr int rounds = 3;
constexpr double goodput_min = 0.9;
constexpr double more_memory_max = 64;

Daemon& start_flood(e2e::Cluster& cluster, std::uint16_t port, std::uint64_t count, double seconds,
                    const std::string& kind) {
  return cluster.launch(e2e::own_program(),
                        {"--role", "flood", std::to_string(port), std::to_string(count), std::to_string(seconds), kind},
                        "flood");
}

struct Window {
  double goodput;    ///< Tasks per second.
  double mebibytes;  ///< Most memory the server had.
};

Window measure(Farm& farm) {
  farm.executions().update();
  const std::uint64_t before = farm.executions().finished();
  const auto begin = Clock::now();
  Window result{0, 0};
  while (Clock::now() < begin + window) {
    pause_for(50ms);
    result.mebibytes = std::max(result.mebibytes, mebibytes_of(farm.server().process()));
  }
  farm.executions().update();
  const std::chrono::duration<double> took = Clock::now() - begin;
  result.goodput = static_cast<double>(farm.executions().finished() - before) / took.count();
  return result;
}

Window measure_flooded(Farm& farm, std::uint64_t count, const std::string& kind) {
  Daemon& flood = start_flood(farm.cluster(), farm.cluster().port(), count, flood_time.count(), kind);
  const Window result = measure(farm);
  flood.wait_for_line("connected " + std::to_string(count) + " times", 1, Daemon::Stream::out);
  flood.signal(SIGTERM);
  flood.wait_exit();
  return result;
}

/// A server of the same library, in whose way to its frame decoder the linker put a counter.
void count_decoded_packets(Trial& trial, std::uint64_t count) {
  e2e::Cluster cluster;  // only for its key
  Daemon& server = cluster.launch(COUNTING_SERVER_PROGRAM, {cluster.key_file()}, "counting");
  const std::uint16_t port = server.port();
  for (const char* kind : {"idle", "garbage"}) {
    Daemon& flood = start_flood(cluster, port, count, 1, kind);
    flood.wait_for_line("connected ", 1, Daemon::Stream::out);
    flood.signal(SIGTERM);
    flood.wait_exit();
  }
  const auto counted = [&](std::size_t nth) {
    server.signal(SIGUSR1);
    const std::string line = server.wait_for_line("decoded [0-9]+ frames", nth, Daemon::Stream::out);
    return std::stod(line.substr(line.find(' ')));
  };
  trial.figures.at_most("packets decoded before authentication", counted(1), 0);
  DistributedOptions options = cluster.driver();
  options.port = port;
  DistributedDispatcher(options).connect();
  trial.figures.at_least("packets decoded when a driver came", counted(2), 1);
}

}  // namespace

void flood(Trial& trial) {
  const std::uint64_t count = trial.scaled(10'000);
  count_decoded_packets(trial, count);
  Farm farm(trial);
  farm.cluster().start_client(4);
  const auto driver = farm.start_driver({.tasks = tasks_without_end});
  farm.wait_for_executions(2'000);
  std::vector<double> calm{measure(farm).goodput};
  std::vector<double> idle;
  std::vector<double> garbled;
  const double memory = mebibytes_of(farm.server().process());
  double most_memory = memory;
  for (int round = 0; round < rounds; ++round) {
    for (const bool silent : {true, false}) {
      const Window flooded = measure_flooded(farm, count, silent ? "idle" : "garbage");
      (silent ? idle : garbled).push_back(flooded.goodput);
      most_memory = std::max(most_memory, flooded.mebibytes);
      calm.push_back(measure(farm).goodput);
    }
  }
  farm.finish(driver);
  const double undisturbed = median(calm);
  Figures& figures = trial.figures;
  figures.tell("connections of each kind and round", static_cast<double>(count));
  figures.tell("tasks per second, undisturbed", std::round(undisturbed));
  figures.at_least("goodput with idle connections", 100 * median(idle) / undisturbed, 100 * goodput_min, "%");
  figures.at_least("goodput with garbage", 100 * median(garbled) / undisturbed, 100 * goodput_min, "%");
  figures.at_most("more memory in the server", most_memory - memory, more_memory_max, "MiB");
  static_cast<void>(farm.check());
}

}  // namespace blitzen::soak
