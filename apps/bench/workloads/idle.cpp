// W9: what a cluster with nothing to do costs.
#include <unistd.h>

#include <thread>

#include "apps/bench/cluster.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/process_facts.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/throughput.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t tasks_before = 10'000;

class Idle : public Workload {
 public:
  explicit Idle(const Bench& bench)
      : window_(bench.settings.quick ? 1 : 10), client_(cluster_.start_client(bench.settings.workers)) {
    for (const auto* name : {"server", "client with its workers", "driver"})
      rows_.push_back(&bench.report.add_row({.id = "W9",
                                             .title = std::string{"idle "} + name + ", processor time",
                                             .unit = "% of a core",
                                             .goals = {figure_goal(0.2)}}));
  }

  void repeat() override {
    DistributedDispatcher driver(cluster_.driver());
    static_cast<void>(tasks_per_second(driver, tasks_before));
    driver.clear();
    wait_until_idle({cluster_.server().pid(), client_.pid(), ::getpid()});

    const std::vector<std::vector<pid_t>> programs{
        tree_of(cluster_.server().pid()), tree_of(client_.pid()), {::getpid()}};
    std::vector<std::chrono::nanoseconds> before;
    for (const auto& processes : programs) before.push_back(processor_time(processes));
    const auto begin = now_ns();
    std::this_thread::sleep_for(window_);
    const auto elapsed = static_cast<double>(now_ns() - begin);
    for (std::size_t i = 0; i < programs.size(); ++i)
      rows_[i]->add(100 * static_cast<double>((processor_time(programs[i]) - before[i]).count()) / elapsed);
  }

 private:
  std::chrono::seconds window_;
  Cluster cluster_;
  Daemon& client_;
  std::vector<Row*> rows_;
};

}  // namespace

std::unique_ptr<Workload> make_idle(const Bench& bench) { return std::make_unique<Idle>(bench); }

}  // namespace blitzen::bench
