#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/processes.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {
namespace {

/// The window that is measured; long enough for a heartbeat.
constexpr std::chrono::seconds window{3};

void let_window_pass() {
  const base::UniqueFd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)};
  itimerspec once{};
  once.it_value.tv_sec = window.count();
  REQUIRE(::timerfd_settime(timer.get(), 0, &once, nullptr) == 0);
  std::uint64_t expirations = 0;
  REQUIRE(::read(timer.get(), &expirations, sizeof expirations) == sizeof expirations);
}

std::chrono::nanoseconds time_of_tree(pid_t process) {
  std::chrono::nanoseconds sum{0};
  for (const pid_t member : tree_of(process)) sum += processor_time(member);
  return sum;
}

}  // namespace

TEST_CASE("an idle server, client and driver use no measurable processor time", "[cpu]") {
  Cluster cluster;
  Daemon& client = cluster.start_client(4);
  DistributedDispatcher driver(cluster.driver());
  CHECK(driver.get_result(driver.run(square, 4)).value() == 16);
  MulticoreDispatcher cores{{.workers = 2}};
  CHECK(cores.get_result(cores.run(square, 4)).value() == 16);

  const auto all = [&] {
    return std::vector{time_of_tree(cluster.server().process()), time_of_tree(client.process()),
                       processor_time(::getpid())};
  };
  // 0.2 % of a core.
  constexpr std::chrono::nanoseconds allowed = std::chrono::nanoseconds(window) / 500;
  constexpr std::array names{"server", "client", "driver"};
  // Who works without a reason does so in every window; a busy machine charges what it does to others in some.
  constexpr int windows_max = 5;
  std::vector<std::string> busy;
  for (int i = 0; i < windows_max && (i == 0 || !busy.empty()); ++i) {
    busy.clear();
    const auto before = all();
    let_window_pass();
    const auto after = all();
    for (std::size_t who = 0; who < names.size(); ++who) {
      const auto used = after[who] - before[who];
      if (used >= allowed) busy.push_back(std::string(names[who]) + ": " + std::to_string(used.count()) + " ns");
    }
  }
  CHECK(busy == std::vector<std::string>{});
}

}  // namespace blitzen::e2e
