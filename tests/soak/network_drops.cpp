// Packets get lost between network namespaces: all of them for a minute, or a few all the time.
#include <list>
#include <sstream>

#include "tests/soak/farm.hpp"
#include "tests/soak/network_spaces.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t tasks_of_a_part = 20'000;
constexpr std::uint16_t port = 50'000;
constexpr double noticed_within_seconds = 15;
constexpr auto partition_time = 60s;
constexpr int all_of_them = 100;
constexpr int lost_of_a_hundred = 5;
/// Of a driver and its server for each other, longer than a partition.
constexpr auto patience = 180s;

/// A server at one end of the cable, and a client and a driver at the other.
class DividedFarm {
 public:
  explicit DividedFarm(Trial& trial) : trial_(trial), executions_(trial.directory) {
    server = &launch(network.at_server(SERVER_PROGRAM),
                     {"--port", std::to_string(port), "--log-file", trial.directory / "server.log", "--driver-patience",
                      std::to_string(patience.count())},
                     "server");
    server->wait_for_line("listening on ");
    remote = &start_client(network.at_peers(CLIENT_PROGRAM), "remote");
  }

  Daemon& start_client(const Arguments& program, const std::string& name) {
    Daemon& client =
        launch(program,
               {"--server", NetworkSpaces::server_address(), "--port", std::to_string(port), "--key-file", key_file(),
                "--workers", "4", "--log-file", (trial_.directory / name).replace_extension("log")},
               name);
    client.wait_for_line("connected to ");
    return client;
  }

  Daemon& start_driver(DriverPlan plan) {
    plan.name = std::to_string(1);
    plan.server = NetworkSpaces::server_address();
    plan.patience = patience;
    const Arguments role{"--role", "driver", std::to_string(port), key_file()};
    return launch(network.at_peers(e2e::own_program()), e2e::concat(role, to_arguments(plan, trial_.directory)),
                  "driver");
  }

  std::uint64_t executed() {
    executions_.update();
    return executions_.finished();
  }

  void wait_for_executions(std::uint64_t count) {
    for (const auto deadline = Clock::now() + testing::patience; executed() < count; pause_for(5ms)) {
      if (Clock::now() > deadline) throw testing::DidNotHappen("no tasks were executed for a minute");
    }
  }

  double dropped_packets() {
    Daemon& listing = launch(network.listing_of_rules(), {}, "listing");
    listing.wait_exit();
    std::istringstream words(listing.text(Daemon::Stream::out));
    double sum = 0;
    for (std::string word; words >> word;) {
      double packets = 0;
      if (word == "packets" && words >> packets) sum += packets;
    }
    return sum;
  }

  void finish(Daemon& driver) {
    if (driver.wait_exit(driver_patience_max) != 0)
      throw testing::DidNotHappen("the driver: " + driver.text(Daemon::Stream::err));
    report(check_history(trial_.directory), trial_.figures);
  }

  NetworkSpaces network;
  Daemon* server = nullptr;
  Daemon* remote = nullptr;

 private:
  [[nodiscard]] std::string key_file() const { return directory_.path() / "server/config/blitzen/cluster.key"; }

  Daemon& launch(const Arguments& command, const Arguments& arguments, const std::string& directory) {
    testing::DaemonOptions options{.program = command.front(), .directory = directory_.path() / directory};
    options.arguments.assign(command.begin() + 1, command.end());
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    return daemons_.emplace_back(std::move(options));
  }

  Trial& trial_;
  e2e::TemporaryDirectory directory_;
  Executions executions_;
  std::list<Daemon> daemons_;
};

bool cannot_run(Trial& trial) {
  const std::string obstacle = NetworkSpaces::obstacle();
  if (!obstacle.empty()) trial.figures.not_run(obstacle);
  return !obstacle.empty();
}

}  // namespace

void partition(Trial& trial) {
  if (cannot_run(trial)) return;
  DividedFarm farm(trial);
  farm.start_client(farm.network.at_server(CLIENT_PROGRAM), "local");
  Daemon& driver = farm.start_driver({.tasks = trial.scaled(tasks_of_a_part), .task_time = 5ms, .large_every = 500});
  farm.wait_for_executions(100);
  const auto begin = Clock::now();
  farm.network.drop(all_of_them);
  const std::uint64_t before = farm.executed();
  farm.server->wait_for_line("dropped client|client .* left");
  farm.server->wait_for_line("dropped driver|driver .* left");
  farm.remote->wait_for_line("lost the server");
  driver.wait_for_line("trying to come back");
  const std::chrono::duration<double> noticed = Clock::now() - begin;
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(partition_time * std::min(trial.scale * 2, 1.0));
  while (Clock::now() < end) pause_for(end - Clock::now());
  const std::uint64_t meanwhile = farm.executed() - before;
  farm.network.drop(0);
  farm.remote->wait_for_line("connected to ", 2);
  driver.wait_for_line("came back to the server");
  const std::chrono::duration<double> healed = Clock::now() - end;
  farm.finish(driver);
  trial.figures.at_most("noticed by all four sides within", noticed.count(), noticed_within_seconds, "s");
  trial.figures.tell("tasks executed during the partition", static_cast<double>(meanwhile));
  trial.figures.tell("all are back after", healed.count(), "s");
}

void lose_packets(Trial& trial) {
  if (cannot_run(trial)) return;
  DividedFarm farm(trial);
  farm.network.drop(lost_of_a_hundred);
  Daemon& driver = farm.start_driver({.tasks = trial.scaled(tasks_of_a_part), .large_every = 500});
  farm.finish(driver);
  trial.figures.at_least("packets lost", farm.dropped_packets(), 10);
  trial.figures.tell("connections lost by the way",
                     static_cast<double>(farm.server->count_lines("dropped|left: .* (broke|closed|nothing)")));
}

}  // namespace blitzen::soak
