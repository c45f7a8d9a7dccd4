#include "tests/soak/farm.hpp"

#include <csignal>

#include "tests/soak/pause.hpp"

namespace blitzen::soak {

using namespace std::chrono_literals;

namespace {

/// Between the numbers of two drivers' first tasks.
constexpr std::uint64_t tasks_per_driver = 1'000'000'000;

}  // namespace

Farm::Farm(Trial& trial, const Arguments& server_arguments)
    : trial_(trial),
      cluster_(e2e::concat(server_arguments, {"--log-file", trial.directory / "server.log"})),
      executions_(trial.directory) {}

Farm::Driver Farm::start_driver(DriverPlan plan, std::uint16_t port) {
  plan.first = drivers_++ * tasks_per_driver;
  plan.name = std::to_string(drivers_);
  const Arguments where{port == 0 ? std::to_string(cluster_.port()) : std::to_string(port), cluster_.key_file()};
  const Arguments arguments = e2e::concat(where, to_arguments(plan, trial_.directory));
  return {plan.name,
          &cluster_.launch(e2e::own_program(), e2e::concat({"--role", "driver"}, arguments), "driver" + plan.name)};
}

void Farm::kill(const Driver& driver) {
  driver.process->kill();
  HistoryFile(trial_.directory, std::string(driver_prefix) + driver.name).note("killed");
}

void Farm::finish(const Driver& driver) {
  driver.process->signal(SIGTERM);
  const int status = driver.process->wait_exit(driver_patience_max);
  if (status != 0)
    throw testing::DidNotHappen("driver " + driver.name + " ended with status " + std::to_string(status) + ": " +
                                driver.process->text(Daemon::Stream::err));
}

void Farm::wait_for_executions(std::uint64_t more) {
  executions_.update();
  std::uint64_t seen = executions_.finished();
  const std::uint64_t goal = seen + more;
  for (auto deadline = std::chrono::steady_clock::now() + testing::patience; executions_.finished() < goal;) {
    pause_for(2ms);
    executions_.update();
    if (executions_.finished() > seen) {
      seen = executions_.finished();
      deadline = std::chrono::steady_clock::now() + testing::patience;
    } else if (std::chrono::steady_clock::now() > deadline) {
      throw testing::DidNotHappen("no task was executed for a minute");
    }
  }
}

Account Farm::check() {
  const Account account = check_history(trial_.directory);
  report(account, trial_.figures);
  return account;
}

}  // namespace blitzen::soak
