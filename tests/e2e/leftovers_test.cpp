// What tasks leave behind when those who would clean up are killed.
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/gate.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

using namespace std::chrono_literals;

/// Reports the zygote, then the process that runs the task and a child with a session of its own.
void daemonise(const std::string& reports) {
  report(reports, std::to_string(::getppid()));
  if (::fork() == 0) {
    ::setsid();
    report(reports, std::to_string(::getpid()));
    wait_for_ever();
  }
  report(reports, std::to_string(::getpid()));
  wait_for_ever();
}

void kill_zygote() { ::kill(::getppid(), SIGKILL); }

/// Ends in many ways, none of them by itself. All of its processes have this name.
void resist(const std::string& name, int way) {
  ::prctl(PR_SET_NAME, name.c_str());
  constexpr int ways = 4;
  switch (way % ways) {
    case 0:
      std::signal(SIGTERM, SIG_IGN);
      break;
    case 1:
      static_cast<void>(!::fork());
      break;
    case 2:
      if (::fork() == 0) {
        ::setsid();
        std::signal(SIGTERM, SIG_IGN);
        static_cast<void>(!::fork());
      }
      break;
    default:
      break;
  }
  wait_for_ever();
}

/// 1,000, unless the environment asks for more.
int timeouts() {
  const char* const asked = std::getenv("E2E_TIMEOUTS");
  return asked == nullptr ? 1000 : std::stoi(asked);
}

/// A client whose only worker executes daemonise().
class Daemonised {
 public:
  Daemonised()
      : client(cluster.start_client(1)),
        reports_(cluster.make_reports()),
        driver_(cluster.driver()),
        task_(driver_.run(daemonise, reports_.path())) {
    zygote = reports_.take_process();
    left = {reports_.take_process(), reports_.take_process()};
    for (const pid_t process : tree_of(zygote)) {
      if (process != zygote && std::ranges::find(left, process) == left.end()) keeper = process;
    }
    REQUIRE(keeper != 0);
  }

  Cluster cluster;
  Daemon& client;
  std::vector<pid_t> left;
  pid_t zygote = 0;
  pid_t keeper = 0;

 private:
  Reports reports_;
  DistributedDispatcher driver_;
  Task<void> task_;
};

}  // namespace

TEST_CASE("a client that is killed leaves no process of its tasks either", "[leftovers]") {
  Daemonised daemonised;
  const auto processes = tree_of(daemonised.client.process());
  CHECK(processes.size() > 3);
  daemonised.client.kill();
  for (const pid_t process : processes) CHECK(ends(process));
}

TEST_CASE("a zygote that is killed leaves no process, also while its client cannot look", "[leftovers]") {
  Daemonised daemonised;
  daemonised.client.signal(SIGSTOP);
  ::kill(daemonised.zygote, SIGKILL);
  for (const pid_t process : daemonised.left) CHECK(ends(process));
  daemonised.client.signal(SIGCONT);
}

TEST_CASE("a client that is killed while its zygote is stopped leaves no process", "[leftovers]") {
  Daemonised daemonised;
  const auto processes = tree_of(daemonised.client.process());
  ::kill(daemonised.zygote, SIGSTOP);
  daemonised.client.kill();
  for (const pid_t process : processes) CHECK(ends(process));
}

TEST_CASE("what is left when client, zygote and keeper are killed together is ended by the next client",
          "[leftovers]") {
  Daemonised daemonised;
  daemonised.client.signal(SIGSTOP);
  ::kill(daemonised.zygote, SIGSTOP);  // so that it makes no other keeper
  ::kill(daemonised.keeper, SIGKILL);
  ::kill(daemonised.zygote, SIGKILL);
  daemonised.client.kill();
  daemonised.cluster.start_client(1);
  for (const pid_t process : daemonised.left) CHECK(ends(process));
}

TEST_CASE("a client whose zygote was killed ends what that left, and its other tasks are not harmed", "[leftovers]") {
  Cluster cluster;
  cluster.start_client(2);
  Reports reports = cluster.make_reports();
  DistributedDispatcher driver(cluster.driver());
  const auto task = driver.run({.worker_deaths_max = 1}, daemonise, reports.path());
  const std::vector<pid_t> left{reports.take_process(), reports.take_process(), reports.take_process()};
  static_cast<void>(driver.get_result(driver.run({.worker_deaths_max = 1}, kill_zygote)));
  CHECK(driver.get_result(task).kind() == OutcomeKind::poisoned);
  for (const pid_t process : left) CHECK(ends(process));
  CHECK(driver.get_result(driver.run(square, 4)).value() == 16);
}

TEST_CASE("1,000 timeouts of tasks that resist leave no process", "[leftovers]") {
  Cluster cluster;
  constexpr int workers = 100;
  cluster.start_client(workers);
  DistributedDispatcher driver(cluster.driver());
  const std::string name = "resist-" + std::to_string(::getpid());
  std::vector<Task<void>> tasks;
  for (int i = 0; i < timeouts(); ++i) tasks.push_back(driver.run({.timeout = 50ms}, resist, name, i));
  for (const auto& outcome : driver.get_results(tasks)) REQUIRE(outcome.kind() == OutcomeKind::timed_out);
  CHECK(all_named_end(name, 4s));
  CHECK(driver.get_result(driver.run(square, 5)).value() == 25);
}

}  // namespace blitzen::e2e
