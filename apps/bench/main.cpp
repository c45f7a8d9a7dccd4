#include <cstdlib>
#include <iostream>

#include "apps/bench/environment.hpp"
#include "apps/bench/fan_in_driver.hpp"
#include "apps/bench/report.hpp"
#include "apps/bench/runner.hpp"
#include "apps/bench/system/child.hpp"
#include "apps/bench/system/scratch_directory.hpp"
#include "apps/bench/workloads/workload.hpp"
#include "apps/common/run_guarded.hpp"
#include "apps/common/stop_signals.hpp"
#include "blitzen/init.hpp"
#include "blitzen/logging.hpp"

namespace {

using namespace blitzen;

ExitCode list_workloads() {
  for (const auto& entry : bench::all_workloads()) std::cout << entry.id << "  " << entry.title << '\n';
  return ExitCode::ok;
}

/// From any thread. Children go first: they may still write where is to be cleared up.
[[noreturn]] void abandon(const bench::ScratchDirectory& scratch, const std::string& sentence) {
  std::cerr << "\nerror: " << sentence << std::endl;
  bench::Child::end_all();
  scratch.remove();
  std::_Exit(static_cast<int>(ExitCode::failure));
}

ExitCode measure(const bench::BenchProgram& program) {
  logging::set_loglevel(logging::Level::error);
  const bench::ScratchDirectory scratch;
  bench::use_own_environment(scratch.path());
  const auto interrupt = [&] { abandon(scratch, "interrupted"); };
  const app::StopSignals signals{interrupt, interrupt};
  bench::Watchdog watchdog{[&](const std::string& sentence) { abandon(scratch, sentence); }};

  bench::Report report;
  bench::run_workloads(program, scratch.path(), watchdog, report);
  (program.json ? bench::print_json : bench::print_table)(std::cout, report, program.settings);
  if (!report.failures().empty()) return ExitCode::task_failed;
  return program.require_goals && !report.all_goals_met() ? ExitCode::failure : ExitCode::ok;
}

}  // namespace

int main(int argc, char** argv) {
  return app::run_guarded([&] {
    init(argc, argv);
    const auto program = bench::parse_bench_options(argc, argv);
    if (program.driver) return bench::be_driver(*program.driver);
    return program.list ? list_workloads() : measure(program);
  });
}
