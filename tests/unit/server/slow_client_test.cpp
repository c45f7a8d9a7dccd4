// What the server keeps back from clients that take payloads slowly.
#include <set>
#include <string>

#include "cluster_rig.hpp"

namespace blitzen::server {
namespace {

constexpr std::size_t payload_bytes_each = 1024 * 1024;
/// More than the server hands to a channel that does not drain, even with all that the kernel buffers.
constexpr std::size_t count = 100;

struct SlowClient {
  ClusterRig rig;
  std::shared_ptr<Peer> client = rig.join_slow_client(count + 1);
  std::shared_ptr<Peer> driver = rig.join_driver_with_function();

  void submit_all() {
    const std::string payload(payload_bytes_each, 'p');
    for (std::uint64_t number = 0; number < count; ++number) submit(*driver, number, 1, payload);
    wait_for_acceptance(count);
  }

  void wait_for_acceptance(std::uint64_t tasks) {
    std::uint64_t accepted = 0;
    while (accepted < tasks) accepted = driver->take<proto::AcceptTasks>()->below;
  }
};

TEST_CASE("a slow client gets every payload in the end") {
  SlowClient slow;
  slow.submit_all();
  std::set<std::uint64_t> numbers;
  for (const Attempt& attempt : slow.rig.take_attempts(*slow.client, count)) {
    CHECK(attempt.arguments.size() == payload_bytes_each);
    numbers.insert(attempt.id.number);
  }
  CHECK(numbers.size() == count);
}

TEST_CASE("cancelled tasks that were kept back from a slow client are never sent to it") {
  SlowClient slow;
  slow.submit_all();
  proto::CancelTasks everything;
  for (std::uint64_t number = 0; number < count; ++number) everything.numbers.push_back(number);
  slow.driver->say(everything);
  CHECK(slow.rig.take_outcomes(*slow.driver, count).size() == count);
  submit(*slow.driver, count, 1, "the last");
  slow.wait_for_acceptance(count + 1);

  std::size_t sent = 0;
  while (slow.rig.take_attempt(*slow.client).arguments != "the last") ++sent;
  CHECK(sent < count);
}

TEST_CASE("what was kept back from a slow client that is lost has not started, and runs elsewhere") {
  SlowClient slow;
  const std::string payload(payload_bytes_each, 'p');
  proto::SubmittedTask once;
  once.worker_deaths_max = 1;
  for (std::uint64_t number = 0; number < count; ++number) submit(*slow.driver, number, 1, payload, once);
  slow.wait_for_acceptance(count);
  slow.client->vanish();
  const auto sent = slow.driver->take<proto::ReportOutcomes>();
  for (const proto::ReportedOutcome& outcome : sent->outcomes) CHECK(outcome.outcome == proto::Outcome::error);
  REQUIRE(sent->outcomes.size() < count);
  const auto other = slow.rig.join_client(count);
  CHECK_FALSE(slow.rig.take_attempts(*other, count - sent->outcomes.size()).empty());
}

}  // namespace
}  // namespace blitzen::server
