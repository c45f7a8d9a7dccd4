// What a proxy of the tests' own does to the connections of clients and drivers: resets, silence, a byte at a time,
// delay.
#include <csignal>

#include "tests/soak/farm.hpp"
#include "tests/soak/pause.hpp"
#include "tests/support/proxy.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t tasks_of_a_part = 20'000;
constexpr int workers = 4;
constexpr double noticed_within_seconds = 15;

/// A farm whose client and driver reach the server through a proxy only.
class FarmBehindProxy {
 public:
  explicit FarmBehindProxy(Trial& trial) : farm(trial), proxy(farm.cluster().port()) {
    client = &farm.cluster().launch(
        CLIENT_PROGRAM,
        {"--server", "127.0.0.1", "--port", std::to_string(proxy.port()), "--key-file", farm.cluster().key_file(),
         "--workers", std::to_string(workers), "--log-file", trial.directory / "client.log"},
        "client");
    client->wait_for_line("connected to ");
  }

  /// Waits until its program has reached the client.
  Farm::Driver start_driver(const DriverPlan& plan) {
    const auto driver = farm.start_driver(plan, proxy.port());
    farm.wait_for_executions(1);
    return driver;
  }

  /// Until the driver has what it asked for.
  void finish(const Farm::Driver& driver) {
    const int status = driver.process->wait_exit(driver_patience_max);
    if (status != 0) throw testing::DidNotHappen("the driver: " + driver.process->text(Daemon::Stream::err));
    static_cast<void>(farm.check());
  }

  Farm farm;
  testing::Proxy proxy;
  Daemon* client;
};

}  // namespace

void reset_connections(Trial& trial) {
  FarmBehindProxy behind(trial);
  const std::uint64_t tasks = trial.scaled(tasks_of_a_part);
  const auto driver = behind.start_driver({.tasks = tasks, .large_every = 500});
  std::size_t cut = 0;
  const std::uint64_t rounds = trial.scaled(20, 2);
  for (std::uint64_t round = 1; round < rounds; ++round) {
    behind.farm.wait_for_executions(tasks / rounds);
    cut += behind.proxy.cut();
  }
  behind.finish(driver);
  trial.figures.at_least("connections reset", static_cast<double>(cut), static_cast<double>(rounds) / 2);
}

void leave_half_open(Trial& trial) {
  FarmBehindProxy behind(trial);
  const std::uint64_t tasks = trial.scaled(tasks_of_a_part);
  const auto driver = behind.start_driver({.tasks = tasks, .large_every = 500});
  const std::uint64_t rounds = trial.scaled(3);
  double slowest = 0;
  std::size_t muted = 0;
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    behind.farm.wait_for_executions(tasks / 10);
    const auto begin = std::chrono::steady_clock::now();
    muted += behind.proxy.mute();
    behind.farm.server().wait_for_line("driver .* left|dropped driver", round);
    behind.farm.server().wait_for_line("dropped client", round);
    behind.client->wait_for_line("lost the server", round);
    driver.process->wait_for_line("trying to come back", round);
    slowest = std::max(slowest, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    behind.client->wait_for_line("connected to ", round + 1);
  }
  behind.finish(driver);
  trial.figures.at_least("connections half open", static_cast<double>(muted), static_cast<double>(2 * rounds));
  trial.figures.at_most("noticed by all four sides within", slowest, noticed_within_seconds, "s");
}

void dribble(Trial& trial) {
  FarmBehindProxy behind(trial);
  const auto driver = behind.start_driver({.tasks = trial.scaled(tasks_of_a_part)});
  behind.proxy.set_weather({.piece_bytes_max = 1});
  behind.finish(driver);
}

void delay(Trial& trial) {
  FarmBehindProxy behind(trial);
  behind.proxy.set_weather({.delay = 50ms});
  const auto driver = behind.start_driver({.tasks = trial.scaled(tasks_of_a_part), .large_every = 500});
  behind.finish(driver);
}

}  // namespace blitzen::soak
