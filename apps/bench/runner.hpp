// Runs the workloads, one after the other.
#pragma once

#include <filesystem>

#include "apps/bench/options.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/watchdog.hpp"

namespace blitzen::bench {

/// Those that --only names, or all. What goes wrong with one is noted in the report and does not stop the others.
/// Throws UsageError when --only names one that there is not.
void run_workloads(const BenchProgram& program, const std::filesystem::path& scratch, Watchdog& watchdog,
                   Report& report);

}  // namespace blitzen::bench
