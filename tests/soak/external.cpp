// Parts that are programs of their own: what they print is shown, and their exit status is the figure.
#include <cstdlib>

#include "tests/soak/command.hpp"
#include "tests/soak/part.hpp"

namespace blitzen::soak {
namespace {

std::string script(const std::string& name) { return std::string(SOAK_REPOSITORY "/scripts/") + name; }

/// The whole suite, built with a preset of its own.
void run_suite(Trial& trial, const std::string& preset) {
  std::filesystem::current_path(SOAK_REPOSITORY);
  must_run({script("install-packages"), "--tests"});
  must_run({"cmake", "--preset", preset});
  must_run({"cmake", "--build", "--preset", preset, "--parallel"});
  trial.figures.at_most("test programs that failed or reported something",
                        run_command({"ctest", "--preset", preset}) == 0 ? 0 : 1, 0);
}

void judge(Trial& trial, const std::string& what, const std::vector<std::string>& command) {
  trial.figures.at_most(what, run_command(command) == 0 ? 0 : 1, 0);
}

}  // namespace

void time_out(Trial& trial) {
  const std::uint64_t timeouts = trial.scaled(1'000);
  ::setenv("E2E_TIMEOUTS", std::to_string(timeouts).c_str(), 1);
  trial.figures.tell("timeouts of tasks that ignore SIGTERM or fork", static_cast<double>(timeouts));
  judge(trial, "processes left after 4 s, or other failures",
        {E2E_PROGRAM, "--warn", "NoTests", "*timeouts of tasks that resist*"});
}

void sanitize_addresses(Trial& trial) { run_suite(trial, "asan"); }

void sanitize_threads(Trial& trial) { run_suite(trial, "tsan"); }

void simulate(Trial& trial) {
  const std::uint64_t seeds = trial.scaled(100'000);
  trial.figures.tell("seeds", static_cast<double>(seeds));
  judge(trial, "seeds with a violation", {SIM_PROGRAM, "--seeds", std::to_string(seeds)});
}

void plant_bugs(Trial& trial) { judge(trial, "planted bugs that were not all caught", {script("planted-bugs")}); }

void fuzz(Trial& trial) {
  const std::uint64_t runs = trial.scaled(10'000'000);
  trial.figures.tell("executions of each target", static_cast<double>(runs));
  std::vector<std::string> command{script("fuzz"), "--runs", std::to_string(runs)};
  if (trial.resume) command.emplace_back("--resume");
  if (!trial.figures_directory.empty()) {
    command.emplace_back("--counts");
    command.push_back(trial.figures_directory / "executions");
  }
  judge(trial, "findings", command);
}

}  // namespace blitzen::soak
