// The server runs out of file descriptors: it says so, goes on with those who are there, and recovers.
#include <sys/resource.h>

#include "tests/e2e/loopback.hpp"
#include "tests/soak/farm.hpp"
#include "tests/soak/server_facts.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr rlim_t spare_descriptors = 20;
constexpr double recovered_within_seconds = 15;

void limit_descriptors(pid_t process, rlim_t most) {
  const rlimit limit{most, most};
  if (::prlimit(process, RLIMIT_NOFILE, &limit, nullptr) != 0)
    throw std::system_error(errno, std::generic_category(), "prlimit");
}

}  // namespace

void exhaust_descriptors(Trial& trial) {
  Farm farm(trial);
  farm.cluster().start_client(2);
  const auto driver = farm.start_driver({.tasks = tasks_without_end});
  farm.wait_for_executions(100);
  const rlim_t limit = count_descriptors(farm.server().process()) + spare_descriptors;
  limit_descriptors(farm.server().process(), limit);
  std::vector<base::UniqueFd> strangers;
  for (std::uint64_t i = 0; i < trial.scaled(500, spare_descriptors + 10); ++i)
    strangers.push_back(e2e::connect_to(farm.cluster().port()));
  farm.server().wait_for_line("no more connections can be accepted for now .*raise the limit of open files");
  const std::uint64_t tasks_meanwhile = trial.scaled(2'000);
  farm.wait_for_executions(tasks_meanwhile);
  const auto late = farm.start_driver({.tasks = 100, .patience = 60s});
  const auto begin = Clock::now();
  strangers.clear();
  late.process->wait_exit();
  const std::chrono::duration<double> recovered = Clock::now() - begin;
  farm.finish(driver);
  Figures& figures = trial.figures;
  figures.tell("descriptors the server may have", static_cast<double>(limit));
  figures.at_least("sentences that say so", static_cast<double>(farm.server().count_lines("no more connections")), 1);
  figures.tell("tasks executed meanwhile, at least", static_cast<double>(tasks_meanwhile));
  figures.at_most("a new driver is through after", recovered.count(), recovered_within_seconds, "s");
  static_cast<void>(farm.check());
}

}  // namespace blitzen::soak
