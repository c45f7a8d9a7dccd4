// W5: how soon a slot works again whose worker was killed by a task.
#include <algorithm>
#include <map>
#include <set>

#include "apps/bench/statistics.hpp"
#include "apps/bench/system/shared_array.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t count = 10'000;
constexpr std::size_t quick_count = 1'000;  // enough for some workers to die
constexpr std::size_t deadly_one_in = 100;
/// So long that the neighbours are at work when a worker dies.
constexpr std::int64_t busy_ns = 50'000;

constexpr bool is_deadly(std::uint64_t task) { return task % deadly_one_in == deadly_one_in / 2; }

class Crash : public Workload {
 public:
  Crash(const Bench& bench, Where where)
      : bench_(bench),
        place_(where, bench.settings.workers),
        row_(bench.report.add_row({.id = "W5",
                                   .title = to_string(where) + ", kill to next task in a new worker",
                                   .unit = "ms",
                                   .goals = {figure_goal(2)}})) {}

  void repeat() override {
    const SharedArray<TaskTrace> traces(file_, traces_);
    const auto dispatcher = place_.make_dispatcher();
    introduce_workers(*dispatcher);
    std::vector<Task<std::uint64_t>> tasks;
    for (std::uint64_t i = 0; i < tasks_; ++i)
      tasks.push_back(dispatcher->run({.worker_deaths_max = 1}, leave_trace, i, busy_ns, is_deadly(i), file_, traces_));
    const auto outcomes = dispatcher->get_results(tasks);
    for (std::uint64_t i = 0; i < tasks_; ++i) {
      if (!is_deadly(i))
        expect(outcomes[i], mixed(i), i);
      else if (outcomes[i].kind() != OutcomeKind::poisoned)
        throw WrongResult("task " + std::to_string(i) + " killed its worker and is not poisoned");
    }
    row_.add(median_pause_ms(traces));
  }

 private:
  /// Lets each worker leave a trace, behind those of the tasks that count, so that none is taken for a new one later.
  void introduce_workers(Dispatcher& dispatcher) const {
    const auto workers = static_cast<std::uint32_t>(bench_.settings.workers);
    const std::string assembly_file = bench_.scratch / "assembly";
    const SharedArray<Assembly> assembly(assembly_file, 1);  // makes the file
    std::vector<Task<std::uint64_t>> tasks;
    for (std::uint64_t i = tasks_; i < traces_; ++i)
      tasks.push_back(dispatcher.run(leave_trace_together, i, workers, assembly_file, file_, traces_));
    const auto outcomes = dispatcher.get_results(tasks);
    for (std::size_t i = 0; i < outcomes.size(); ++i) expect(outcomes[i], mixed(tasks_ + i), tasks_ + i);
  }

  /// Each death makes one new worker. The earliest death is matched with the earliest of them, and so on.
  [[nodiscard]] double median_pause_ms(const SharedArray<TaskTrace>& traces) const {
    std::set<std::int32_t> first_workers;
    for (std::uint64_t i = tasks_; i < traces_; ++i) first_workers.insert(traces[i].worker);
    std::map<std::int32_t, std::int64_t> first_starts;
    std::vector<std::int64_t> deaths;
    for (const TaskTrace& trace : traces) {
      if (trace.killed_ns != 0) deaths.push_back(trace.killed_ns);
      if (first_workers.contains(trace.worker)) continue;
      const auto [first, inserted] = first_starts.emplace(trace.worker, trace.started_ns);
      if (!inserted) first->second = std::min(first->second, trace.started_ns);
    }
    std::vector<std::int64_t> starts;
    for (const auto& [worker, start] : first_starts) starts.push_back(start);
    std::sort(starts.begin(), starts.end());
    std::sort(deaths.begin(), deaths.end());

    std::vector<double> pauses;
    for (std::size_t i = 0; i < std::min(starts.size(), deaths.size()); ++i)
      pauses.push_back(static_cast<double>(starts[i] - deaths[i]) / 1e6);
    if (pauses.empty()) throw WrongResult("no killed worker was replaced");
    return median(pauses);
  }

  Bench bench_;
  Place place_;
  std::string file_ = bench_.scratch / "traces";
  std::uint64_t tasks_ = bench_.settings.quick ? quick_count : count;
  std::uint64_t traces_ = tasks_ + static_cast<std::uint64_t>(bench_.settings.workers);
  Row& row_;
};

}  // namespace

std::unique_ptr<Workload> make_local_crash(const Bench& bench) { return std::make_unique<Crash>(bench, Where::local); }
std::unique_ptr<Workload> make_cluster_crash(const Bench& bench) {
  return std::make_unique<Crash>(bench, Where::cluster_tls);
}

}  // namespace blitzen::bench
