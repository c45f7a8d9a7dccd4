// Clients are killed, and frozen for so long that the server gives them up while their workers go on.
#include <csignal>

#include "tests/soak/farm.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;

constexpr int clients_at_once = 10;
constexpr int workers_per_client = 2;
constexpr std::size_t frozen_at_once = 5;

class Herd {
 public:
  Herd(Farm& farm, Trial& trial) : farm_(farm), trial_(trial) {
    for (int i = 0; i < clients_at_once; ++i) clients_.push_back({&start(), 1});
  }

  /// Some of the first half, until the server has said of each that it is lost.
  void freeze(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) clients_[i].process->signal(SIGSTOP);
  }
  void thaw(std::size_t count) {
    lost_ += count;
    farm_.server().wait_for_line("dropped client .* it said nothing for", lost_);
    for (std::size_t i = 0; i < count; ++i) clients_[i].process->signal(SIGCONT);
    for (std::size_t i = 0; i < count; ++i)
      clients_[i].process->wait_for_line("connected to ", ++clients_[i].greetings);
  }

  /// One of the other half.
  void kill() {
    Client& victim = clients_[frozen_at_once + trial_.any_of(clients_.size() - frozen_at_once)];
    victim.process->kill();
    victim = {&start(), 1};
  }

 private:
  struct Client {
    Daemon* process;
    std::size_t greetings;  ///< How often it was connected.
  };

  Daemon& start() { return farm_.cluster().start_client(workers_per_client); }

  Farm& farm_;
  Trial& trial_;
  std::vector<Client> clients_;
  std::size_t lost_ = 0;
};

}  // namespace

void kill_and_freeze_clients(Trial& trial) {
  Farm farm(trial);
  Herd herd(farm, trial);
  const auto driver = farm.start_driver({.tasks = tasks_without_end, .task_time = 20ms});
  farm.wait_for_executions(100);
  const std::uint64_t kills = trial.scaled(100);
  const std::uint64_t freezes = trial.scaled(100);
  std::uint64_t killed = 0;
  for (std::uint64_t frozen = 0; frozen < freezes;) {
    const std::size_t count = std::min<std::size_t>(frozen_at_once, freezes - frozen);
    herd.freeze(count);
    frozen += count;
    for (; killed * freezes < kills * frozen; ++killed) {
      farm.wait_for_executions(20 + trial.any_of(100));
      herd.kill();
    }
    herd.thaw(count);
    farm.wait_for_executions(100);
  }
  farm.finish(driver);
  trial.figures.at_least("clients killed", static_cast<double>(killed), static_cast<double>(kills));
  trial.figures.at_least("clients frozen", static_cast<double>(freezes), static_cast<double>(freezes));
  const Account account = farm.check();
  trial.figures.tell("stale results of executions that finished", static_cast<double>(account.superseded));
  trial.figures.at_most("stale results accepted", static_cast<double>(account.doubled + account.changed), 0);
}

}  // namespace blitzen::soak
