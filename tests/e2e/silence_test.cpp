// Peers that say nothing for ten seconds are lost. The two tests wait for that side by side.
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

using namespace std::chrono_literals;

TEST_CASE("a frozen server is given up by its drivers, a frozen client by its server", "[silence]") {
  Cluster freezing;
  freezing.start_client(1);
  Reports reports_of_freezing = freezing.make_reports();
  const Gate closed = freezing.make_gate();
  DistributedDispatcher forsaken(freezing.driver());
  const auto lost = forsaken.run(hold, reports_of_freezing.path(), closed.path());
  reports_of_freezing.take();

  Cluster lasting;
  Daemon& freezing_client = lasting.start_client(1);
  Reports reports = lasting.make_reports();
  Gate gate = lasting.make_gate();
  DistributedDispatcher driver(lasting.driver());
  const auto held = driver.run(hold, reports.path(), gate.path());
  const long first_worker = reports.take_process();

  freezing.server().signal(SIGSTOP);
  freezing_client.signal(SIGSTOP);
  lasting.start_client(1);

  auto outcome = std::async(std::launch::async, [&] { return forsaken.get_result(lost); });
  REQUIRE(outcome.wait_for(15s) == std::future_status::ready);
  CHECK_THAT(outcome.get().error().message(), Catch::Contains("the server was lost"));

  const long second_worker = reports.take_process();
  lasting.server().wait_for_line("dropped client .* it said nothing for 10 s");
  CHECK(second_worker != first_worker);
  gate.open();
  CHECK(driver.get_result(held).value() == second_worker);

  // What it has to say now is of the past.
  freezing_client.signal(SIGCONT);
  freezing_client.wait_for_line("connected to ", 2);
  CHECK(driver.get_result(driver.run(square, 4)).value() == 16);
  CHECK(driver.get_result(held).value() == second_worker);
}

}  // namespace blitzen::e2e
