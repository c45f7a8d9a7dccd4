// W10: many drivers at once.
#include <algorithm>

#include "apps/bench/cluster.hpp"
#include "apps/bench/fan_in_driver.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/throughput.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t full_drivers = 200;
constexpr std::size_t full_tasks = 1'000;
constexpr std::size_t quick_drivers = 20;
constexpr std::size_t quick_tasks = 100;

class FanIn : public Workload {
 public:
  explicit FanIn(const Bench& bench)
      : drivers_(bench.settings.quick ? quick_drivers : full_drivers),
        tasks_(bench.settings.quick ? quick_tasks : full_tasks),
        cluster_(Security::tls, bench.settings.workers) {
    const std::string title = std::to_string(drivers_) + " drivers, " + std::to_string(tasks_) + " tasks each: ";
    throughput_ = &bench.report.add_row({.id = "W10",
                                         .title = title + "all together",
                                         .unit = "tasks/s",
                                         .better = Better::higher,
                                         .floor = "W1, TLS",
                                         .goals = {ratio_goal(0.5)}});
    spread_ = &bench.report.add_row({.id = "W10",
                                     .title = title + "first before last to finish",
                                     .unit = "% of the time",
                                     .goals = {figure_goal(10)}});
  }

  void repeat() override {
    const double with_one_driver = measure_one_driver();
    const DriverRole role{cluster_.driver().port, cluster_.key_file(), tasks_};
    DriverProcesses processes(role, drivers_);
    const auto finished = processes.run();
    const auto [first, last] = std::minmax_element(finished.begin(), finished.end());
    const auto time = static_cast<double>(*last);
    throughput_->add(static_cast<double>(drivers_ * tasks_) / (time / 1e9), with_one_driver);
    spread_->add(100 * (time - static_cast<double>(*first)) / time);
  }

 private:
  /// W1 with as many tasks as the many drivers have together.
  [[nodiscard]] double measure_one_driver() const {
    DistributedDispatcher dispatcher(cluster_.driver());
    static_cast<void>(tasks_per_second(dispatcher, tasks_));  // warms up
    return tasks_per_second(dispatcher, drivers_ * tasks_);
  }

  std::size_t drivers_;
  std::size_t tasks_;
  Cluster cluster_;
  Row* throughput_ = nullptr;
  Row* spread_ = nullptr;
};

}  // namespace

std::unique_ptr<Workload> make_fan_in(const Bench& bench) { return std::make_unique<FanIn>(bench); }

}  // namespace blitzen::bench
