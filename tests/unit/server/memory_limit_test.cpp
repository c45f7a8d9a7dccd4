#include <chrono>
#include <string>

#include "cluster_rig.hpp"
#include "server/driver_session.hpp"

namespace blitzen::server {
namespace {

constexpr std::size_t mebibyte = 1024 * 1024;

ServerOptions with_memory(std::uint64_t bytes) {
  ServerOptions options;
  options.memory_limit = bytes;
  return options;
}

}  // namespace

TEST_CASE("a driver whose arguments fill the server's memory is told to hold its tasks, and then to go on") {
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto driver = rig.join_driver_with_function();
  const std::string large(9 * mebibyte, 'x');
  submit(*driver, 0, 2, large);
  CHECK(driver->take<proto::HoldTasks>()->held);
  const auto client = rig.join_client();
  finish(*client, rig.take_attempt(*client).id, "small");
  CHECK_FALSE(driver->take<proto::HoldTasks>()->held);
}

TEST_CASE("a driver that uses little of the memory may go on while another one fills it") {
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto small = rig.join_driver_with_function();
  const auto greedy = rig.join_driver_with_function();
  submit(*small, 0);
  submit(*greedy, 0, 1, std::string(17 * mebibyte, 'x'));
  CHECK(greedy->take<proto::HoldTasks>()->held);
  CHECK(small->waiting<proto::HoldTasks>() == 0);
  const auto client = rig.join_client(2);
  const auto attempts = rig.take_attempts(*client, 2);
  for (const Attempt& attempt : attempts) finish(*client, attempt.id, "done");
  CHECK(rig.take_outcome(*small).content == "done");
  CHECK_FALSE(greedy->take<proto::HoldTasks>()->held);
}

TEST_CASE("what is cancelled makes room") {
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto driver = rig.join_driver_with_function();
  submit(*driver, 0, 1, std::string(17 * mebibyte, 'x'));
  CHECK(driver->take<proto::HoldTasks>()->held);
  driver->say(proto::CancelTasks{{0}});
  CHECK_FALSE(driver->take<proto::HoldTasks>()->held);
}

TEST_CASE("outcomes that were not acknowledged take room, too") {
  const Returning someone{.session = {1, 2}, .first_task = 0};
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto driver = rig.join_driver(someone);
  driver->say(proto::DefineFunctions{{named_function(0, "f")}});
  const auto client = rig.join_client();
  submit(*driver, 0);
  finish(*client, rig.take_attempt(*client).id, std::string(17 * mebibyte, 'x'));
  CHECK(driver->take<proto::HoldTasks>()->held);
  driver->say(proto::AcknowledgeOutcomes{.large = {0}});
  CHECK_FALSE(driver->take<proto::HoldTasks>()->held);
}

TEST_CASE("a driver that does not hold its tasks is disconnected in the end") {
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto driver = rig.join_driver_with_function();
  // Small enough that a driver which is slow to encode them, as under a sanitizer, is not taken for a silent one.
  const std::string large(32 * mebibyte, 'x');
  submit(*driver, 0, 1, large);
  CHECK(driver->take<proto::HoldTasks>()->held);
  for (std::uint64_t number = 1; number * large.size() <= held_bytes_max + large.size(); ++number) {
    submit(*driver, number, 1, large);
    driver->wait_until_sent();
  }
  CHECK_FALSE(driver->closed().orderly);
}

TEST_CASE("a driver that comes back while it must hold its tasks is told again") {
  const Returning someone{.session = {1, 2}, .first_task = 0};
  ClusterRig rig(with_memory(16 * mebibyte));
  const auto lost = rig.join_driver(someone);
  lost->say(proto::DefineFunctions{{named_function(0, "f")}});
  submit(*lost, 0, 1, std::string(17 * mebibyte, 'x'));
  CHECK(lost->take<proto::HoldTasks>()->held);
  lost->vanish();
  CHECK(rig.join_driver(someone)->take<proto::HoldTasks>()->held);
}

}  // namespace blitzen::server
