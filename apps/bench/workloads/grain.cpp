// W11: tasks that compute for 10 µs, 1 ms or 1 s: how much of the processors is left for computing?
#include <algorithm>
#include <array>
#include <thread>

#include "apps/bench/number_text.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

struct Grain {
  std::string_view title;
  std::int64_t task_ns;
  std::size_t count;
};

constexpr std::array grains{Grain{"10 µs", 10'000, 100'000}, Grain{"1 ms", 1'000'000, 2'000},
                            Grain{"1 s", 1'000'000'000, 4}};

/// Workers compute, so that they share the processors with driver, server and client, as in a user's program.
class Grains : public Workload {
 public:
  Grains(const Bench& bench, Where where) : bench_(bench), place_(where, bench.settings.workers) {
    for (std::size_t i = 0; i < grains.size(); ++i)
      rows_[i] = &bench.report.add_row({.id = "W11",
                                        .title = to_string(where) + ", " + std::string(grains[i].title) +
                                                 " of computing a task: processors' time inside tasks",
                                        .unit = "%",
                                        .better = Better::higher});
  }

  void repeat() override {
    for (std::size_t i = 0; i < grains.size(); ++i) rows_[i]->add(percent_inside(grains[i]));
  }

 private:
  [[nodiscard]] double percent_inside(const Grain& grain) {
    const auto dispatcher = place_.make_dispatcher();
    const std::size_t count = bench_.settings.count(grain.count);
    std::vector<Task<std::uint64_t>> tasks;
    const auto begin = now_ns();
    for (std::uint64_t i = 0; i < count; ++i) tasks.push_back(dispatcher->run(compute_for, i, grain.task_ns));
    const auto outcomes = dispatcher->get_results(tasks);
    const double wall = static_cast<double>(now_ns() - begin);
    for (std::uint64_t i = 0; i < count; ++i) expect(outcomes[i], mixed(i), i);
    return 100 * static_cast<double>(count) * static_cast<double>(grain.task_ns) / (processors() * wall);
  }

  /// As many as the workers can compute on at once.
  [[nodiscard]] double processors() const {
    return std::min<double>(bench_.settings.workers, std::max(1U, std::thread::hardware_concurrency()));
  }

  Bench bench_;
  Place place_;
  std::array<Row*, grains.size()> rows_{};
};

}  // namespace

std::unique_ptr<Workload> make_local_grains(const Bench& bench) {
  return std::make_unique<Grains>(bench, Where::local);
}
std::unique_ptr<Workload> make_cluster_grains(const Bench& bench) {
  return std::make_unique<Grains>(bench, Where::cluster_tls);
}

}  // namespace blitzen::bench
