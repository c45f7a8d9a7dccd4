#include "apps/bench/workloads/throughput.hpp"

#include "apps/bench/number_text.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t many = 1'000'000;
constexpr std::size_t fewer = 200'000;

std::vector<Goal> goals_of(Where where) {
  switch (where) {
    case Where::local:
      return {figure_goal(1'500'000), ratio_goal(0.3)};
    case Where::cluster_tls:
      return {figure_goal(700'000), ratio_goal(0.1)};
    case Where::cluster_insecure:
      return {figure_goal(1'000'000), ratio_goal(0.15)};
  }
  return {};
}

class Throughput : public Workload {
 public:
  Throughput(const Bench& bench, Where where) : bench_(bench), place_(where, bench.settings.workers) {
    if (where != Where::local) add_row(where, fewer);
    add_row(where, many);
  }

  void repeat() override {
    for (const auto& [tasks, row] : rows_) {
      const double floor = bench_.floors.relay_throughput();
      const auto dispatcher = place_.make_dispatcher();
      row->add(tasks_per_second(*dispatcher, tasks), floor);
    }
  }

 private:
  void add_row(Where where, std::size_t full) {
    const std::size_t tasks = bench_.settings.count(full);
    const std::string title = to_string(where) + ", " + number_text(static_cast<double>(tasks)) + " no-op tasks";
    Row& row = bench_.report.add_row({"W1", title, "tasks/s", Better::higher, "F4", goals_of(where)});
    rows_.emplace_back(tasks, &row);
  }

  Bench bench_;
  Place place_;
  std::vector<std::pair<std::size_t, Row*>> rows_;
};

}  // namespace

double tasks_per_second(Dispatcher& dispatcher, std::size_t count) {
  std::vector<Task<std::uint64_t>> tasks;
  tasks.reserve(count);
  const auto begin = now_ns();
  for (std::uint64_t i = 0; i < count; ++i) tasks.push_back(dispatcher.run(no_op, i));
  const auto outcomes = dispatcher.get_results(tasks);
  const auto end = now_ns();
  for (std::uint64_t i = 0; i < count; ++i) expect(outcomes[i], mixed(i), i);
  return static_cast<double>(count) / (static_cast<double>(end - begin) / 1e9);
}

std::unique_ptr<Workload> make_local_throughput(const Bench& bench) {
  return std::make_unique<Throughput>(bench, Where::local);
}
std::unique_ptr<Workload> make_tls_throughput(const Bench& bench) {
  return std::make_unique<Throughput>(bench, Where::cluster_tls);
}
std::unique_ptr<Workload> make_insecure_throughput(const Bench& bench) {
  return std::make_unique<Throughput>(bench, Where::cluster_insecure);
}

}  // namespace blitzen::bench
