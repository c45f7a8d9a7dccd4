#include "apps/bench/options.hpp"

#include "apps/common/command_line.hpp"
#include "apps/common/values.hpp"

namespace blitzen::bench {
namespace {

constexpr int workers_max = 4096;
constexpr int reps_max = 1000;

constexpr auto description =
    "Measures Blitzen against the limits of this machine: starts a server, clients and drivers on loopback, runs\n"
    "workloads and, in turn with them, the floors they are compared with, checks every result, and prints a table.\n"
    "Needs blitzen-server and blitzen-client beside itself. Leaves nothing behind.";

constexpr auto examples =
    "  blitzen-bench                                        # everything, five times: about ten minutes\n"
    "  blitzen-bench --quick --reps 1                       # does it all work here?\n"
    "  blitzen-bench --only W1,W2 --reps 3\n"
    "  blitzen-bench --json > result.json\n"
    "  blitzen-bench --list                                 # what the workloads are\n"
    "\n"
    "A goal is met when the median of the repetitions meets it. Exit status: 0 when every workload ran and every "
    "result\n"
    "was right, whether goals are met or not (see --require-goals), 10 when a result was wrong or missing.";

/// Set by this program itself only, and so not in the help.
void add_driver_options(CLI::App& app, DriverRole& role) {
  app.add_option("--driver-of", role.port)->group("");
  app.add_option("--driver-key-file", role.key_file)->group("");
  app.add_option("--driver-tasks", role.tasks)->group("");
}

}  // namespace

BenchProgram parse_bench_options(int argc, const char* const* argv) {
  BenchProgram program;
  DriverRole driver;
  app::CommandLine app("blitzen-bench", description, examples);
  app.add_option("--reps", program.settings.reps, "Repetitions of each workload")
      ->transform(app::whole_number(1, reps_max))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--workers", program.settings.workers, "Workers that tasks run in")
      ->transform(app::whole_number(1, workers_max))
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--only", program.only, "Run these workloads only; may be given more than once")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("W1,W2,...");
  app::add_switch(app, "--quick", program.settings.quick, "A hundredth of the tasks, to see that everything works");
  app::add_switch(app, "--json", program.json, "Print JSON instead of a table");
  app::add_switch(app, "--require-goals", program.require_goals, "End with status 1 when a goal is missed");
  app::add_switch(app, "--list", program.list, "List the workloads and end");
  add_driver_options(app, driver);
  app.read(argc, argv);
  if (driver.port != 0) program.driver = driver;
  return program;
}

std::vector<std::string> arguments_of(const DriverRole& role) {
  return {"--driver-of",          std::to_string(role.port), "--driver-key-file",
          role.key_file.string(), "--driver-tasks",          std::to_string(role.tasks)};
}

}  // namespace blitzen::bench
