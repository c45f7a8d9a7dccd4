// Peers that say nothing for ten seconds are lost. The tests wait for that side by side.
#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "tests/e2e/cluster.hpp"
#include "tests/e2e/tasks.hpp"

namespace blitzen::e2e {

using namespace std::chrono_literals;

TEST_CASE("a frozen server is given up by its drivers or waited for, a frozen client is given up by its server",
          "[silence]") {
  Cluster freezing;
  Daemon& waiting_client = freezing.start_client(2);
  Reports reports_of_freezing = freezing.make_reports();
  const Gate closed = freezing.make_gate();
  DistributedOptions impatient = freezing.driver();
  impatient.reconnect_patience = 0ms;
  DistributedDispatcher forsaken(impatient);
  const auto lost = forsaken.run(hold, reports_of_freezing.path(), closed.path());
  reports_of_freezing.take();
  DistributedDispatcher waiting(freezing.driver());
  waiting.connect();

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

  waiting_client.wait_for_line("said nothing Blitzen knows in time.*Trying again");
  freezing.server().signal(SIGCONT);
  CHECK(waiting.get_result(waiting.run(square, 5)).value() == 25);
}

}  // namespace blitzen::e2e
