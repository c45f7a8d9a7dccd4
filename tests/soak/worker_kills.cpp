// Workers are killed while they execute: 1,000 over 100,000 tasks.
#include <csignal>
#include <unordered_set>

#include "pool/process_tree.hpp"
#include "tests/soak/farm.hpp"

namespace blitzen::soak {
namespace {

/// A worker whose parent is a zygote of a client of ours, whatever became of the process id.
bool kill_worker(pid_t worker, const std::vector<Daemon*>& clients) {
  const auto watched = pool::watch_process(worker);
  const auto facts = pool::read_facts(worker);
  const auto zygote = facts ? pool::read_facts(facts->parent) : std::nullopt;
  if (!watched || !zygote) return false;
  for (const Daemon* client : clients) {
    if (zygote->parent != client->process()) continue;
    pool::signal_watched(watched, SIGKILL);
    return true;
  }
  return false;
}

}  // namespace

void kill_workers(Trial& trial) {
  Farm farm(trial);
  constexpr int workers_per_client = 4;
  const std::vector<Daemon*> clients{&farm.cluster().start_client(workers_per_client),
                                     &farm.cluster().start_client(workers_per_client)};
  const std::uint64_t tasks = trial.scaled(100'000);
  const std::uint64_t kills = trial.scaled(1'000);
  const auto driver = farm.start_driver({.tasks = tasks});
  // Three deaths of one task would poison it, as they should.
  std::unordered_set<std::uint64_t> tasks_hit;
  std::uint64_t done = 0;
  while (done < kills && driver.process->running()) {
    farm.wait_for_executions(tasks / kills / 2);
    for (const auto& [execution, running] : farm.executions().running()) {
      if (tasks_hit.contains(running.task) || !kill_worker(running.process, clients)) continue;
      tasks_hit.insert(running.task);
      ++done;
      break;
    }
  }
  driver.process->wait_exit(driver_patience_max);
  trial.figures.at_least("workers killed", static_cast<double>(done), static_cast<double>(kills));
  const Account account = farm.check();
  trial.figures.tell("executions that did not count", static_cast<double>(account.started - account.told));
}

}  // namespace blitzen::soak
