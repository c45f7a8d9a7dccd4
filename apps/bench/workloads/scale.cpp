// W7: the scheduler with ten thousand clients and ten million tasks.
#include "apps/bench/core_scale.hpp"
#include "apps/bench/number_text.hpp"
#include "apps/bench/workloads/all.hpp"

namespace blitzen::bench {
namespace {

constexpr std::uint32_t slots = 64;
constexpr std::size_t short_queue = 1'000;

class Scale : public Workload {
 public:
  explicit Scale(const Bench& bench)
      : clients_{bench.settings.count(10'000), slots},
        tasks_(bench.settings.count(10'000'000)),
        measured_tasks_(bench.settings.count(2'000'000)) {
    const std::string title = "scheduler alone, " + number_text(static_cast<double>(clients_.count)) + " clients × " +
                              std::to_string(slots) + " slots: ";
    decisions_ = &bench.report.add_row({.id = "W7",
                                        .title = title + number_text(static_cast<double>(tasks_)) + " tasks",
                                        .unit = "decisions/s",
                                        .better = Better::higher,
                                        .goals = {figure_goal(1'000'000)}});
    cost_ = &bench.report.add_row({.id = "W7",
                                   .title = title + "a task with " + number_text(static_cast<double>(tasks_)) +
                                            " queued, to one with " + number_text(short_queue),
                                   .unit = "ns",
                                   .floor = "short queue",
                                   .goals = {ratio_goal(1.5)}});
  }

  void repeat() override {
    decisions_->add(core_tasks_per_second(clients_, tasks_));
    const double with_short_queue = core_ns_per_task(clients_, short_queue, measured_tasks_);
    cost_->add(core_ns_per_task(clients_, tasks_, measured_tasks_), with_short_queue);
  }

 private:
  SimulatedClients clients_;
  std::size_t tasks_;
  std::size_t measured_tasks_;
  Row* decisions_ = nullptr;
  Row* cost_ = nullptr;
};

}  // namespace

std::unique_ptr<Workload> make_scale(const Bench& bench) { return std::make_unique<Scale>(bench); }

}  // namespace blitzen::bench
