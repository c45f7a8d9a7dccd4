#include "apps/bench/runner.hpp"

#include <algorithm>
#include <exception>

#include "apps/bench/progress.hpp"
#include "apps/bench/workloads/workload.hpp"
#include "apps/common/command_line.hpp"

namespace blitzen::bench {
namespace {

/// Some times what the longest workload takes on a slow machine.
constexpr std::chrono::minutes repetition_max{10};

bool is_wanted(const WorkloadEntry& entry, const std::vector<std::string>& only) {
  return only.empty() || std::find(only.begin(), only.end(), entry.id) != only.end();
}

void check_names(const std::vector<std::string>& only) {
  const auto& entries = all_workloads();
  for (const auto& name : only) {
    if (std::none_of(entries.begin(), entries.end(), [&](const auto& entry) { return entry.id == name; }))
      throw app::UsageError("--only: there is no workload \"" + name + "\"; see blitzen-bench --list");
  }
}

}  // namespace

void run_workloads(const BenchProgram& program, const std::filesystem::path& scratch, Watchdog& watchdog,
                   Report& report) {
  check_names(program.only);
  Floors floors(program.settings, report);
  const Bench bench{program.settings, report, floors, scratch};
  const Progress progress;
  for (const auto& entry : all_workloads()) {
    if (!is_wanted(entry, program.only)) continue;
    const std::string name = std::string{entry.id} + ", " + std::string{entry.title};
    try {
      watchdog.watch(name, repetition_max);
      const auto workload = entry.make(bench);
      const int reps = workload->once() ? 1 : program.settings.reps;
      for (int rep = 1; rep <= reps; ++rep) {
        progress.show(name + ": repetition " + std::to_string(rep) + " of " + std::to_string(reps));
        watchdog.watch(name, repetition_max);
        workload->repeat();
      }
    } catch (const std::exception& error) {
      report.add_failure(name + ": " + error.what());
    }
  }
}

}  // namespace blitzen::bench
