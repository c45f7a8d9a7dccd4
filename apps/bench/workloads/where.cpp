#include "apps/bench/workloads/where.hpp"

#include <vector>

#include "apps/bench/tasks.hpp"
#include "blitzen/multicore_dispatcher.hpp"

namespace blitzen::bench {
namespace {

void warm_up(Dispatcher& dispatcher) {
  constexpr std::uint64_t count = 1000;
  std::vector<Task<std::uint64_t>> tasks;
  for (std::uint64_t i = 0; i < count; ++i) tasks.push_back(dispatcher.run(no_op, i));
  const auto outcomes = dispatcher.get_results(tasks);
  for (std::uint64_t i = 0; i < count; ++i) expect(outcomes[i], mixed(i), i);
  dispatcher.clear(tasks);
}

}  // namespace

std::string to_string(Where where) {
  if (where == Where::local) return "local";
  return std::string{"cluster, "} + to_string(where == Where::cluster_tls ? Security::tls : Security::insecure);
}

Place::Place(Where where, int workers) : workers_(workers) {
  if (where != Where::local)
    cluster_.emplace(where == Where::cluster_tls ? Security::tls : Security::insecure, workers);
}

std::unique_ptr<Dispatcher> Place::make_dispatcher() {
  std::unique_ptr<Dispatcher> dispatcher;
  if (cluster_)
    dispatcher = std::make_unique<DistributedDispatcher>(cluster_->driver());
  else
    dispatcher = std::make_unique<MulticoreDispatcher>(MulticoreOptions{.workers = workers_});
  warm_up(*dispatcher);
  return dispatcher;
}

}  // namespace blitzen::bench
