#include "plan.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

/// One seed in so many has a journal: those take longer.
constexpr std::uint64_t journal_every = 4;

}  // namespace

Plan::Plan(std::uint64_t of_seed) : seed(of_seed), journal(of_seed % journal_every == 0) {
  Random random{of_seed * 2 + 1};
  drivers = random.between(1, 3);
  clients = random.between(1, 4);
  tasks = random.between(20, 120);
  functions = static_cast<std::uint32_t>(random.between(1, 4));
  lasts = random.between(5s, 40s);
  task_limit = random.chance(20) ? random.between(2, 20) : 0;
  revive_limit = random.chance(20) ? static_cast<std::uint32_t>(random.between(1, 2)) : 0;
  driver_patience = random.chance(30) ? random.between(1s, 5s) : random.between(15s, 60s);
  worker_deaths = random.chance(60);
  partitions = random.chance(50);
  lost_connections = random.chance(60);
  slow_links = random.chance(30);
  restarts = random.chance(journal ? 70 : 30);
  disk_faults = journal && random.chance(40);
  lies = random.chance(60);
  refusals = random.chance(25);
  negligence = random.chance(30);
  clogs = random.chance(30);
  leaving = random.chance(40);
  greed = random.chance(50);
  // A lie may overtake the large result after which it would be one.
  large_payloads = !lies && random.chance(10);
  jobs = random.chance(40) ? random.between(1, 2) : 0;
  job_retention = random.chance(20) ? random.between(2s, 10s) : core::Duration{1h};
  memory_limit = random.chance(15) ? random.between(2'000, 20'000) : 0;
  job_bytes = random.chance(20) ? random.between(200, 5'000) : 0;
}

}  // namespace blitzen::sim
