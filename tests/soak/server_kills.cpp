// A server with a journal is killed under load, again and again.
#include "tests/soak/farm.hpp"

namespace blitzen::soak {

using namespace std::chrono_literals;

void kill_servers(Trial& trial) {
  Farm farm(trial, {"--journal", trial.directory / "journal"});
  constexpr std::size_t clients = 2;
  constexpr int workers_per_client = 2;
  for (std::size_t client = 0; client < clients; ++client) farm.cluster().start_client(workers_per_client);
  const auto driver = farm.start_driver({.tasks = tasks_without_end, .unsettled_max = 5'000, .large_every = 1'000});
  const std::uint64_t kills = trial.scaled(50);
  for (std::uint64_t killed = 0; killed < kills; ++killed) {
    // Every other time while clients and driver are still coming back.
    if (killed % 2 == 0) farm.server().wait_for_line("client .* joined", clients);
    farm.wait_for_executions(100 + trial.any_of(2'000));
    farm.server().kill();
    farm.cluster().restart_server();
  }
  farm.wait_for_executions(100);
  farm.finish(driver);
  trial.figures.at_least("servers killed", static_cast<double>(kills), static_cast<double>(kills));
  const Account account = farm.check();
  trial.figures.tell("stale results of executions that finished", static_cast<double>(account.superseded));
}

}  // namespace blitzen::soak
