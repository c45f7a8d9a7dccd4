#include <chrono>
#include <deque>
#include <string>

#include "cluster_rig.hpp"
#include "server/outcome_queue.hpp"

namespace blitzen::server {
namespace {

using namespace std::chrono_literals;

const Returning someone{.session = {1, 2}};

std::shared_ptr<Peer> join_with_function(ClusterRig& rig, const Returning& driver) {
  auto peer = rig.join_driver(driver);
  peer->say(proto::DefineFunctions{{named_function(0, "f")}});
  return peer;
}

/// Submits a task, to hear that it and everything before has come.
void wait_until_read(Peer& driver, std::uint64_t number) {
  submit(driver, number);
  while (driver.take<proto::AcceptTasks>()->below <= number) continue;
}

}  // namespace

TEST_CASE("a driver that can come back is told first which tasks it need not send") {
  ClusterRig rig;
  CHECK(rig.join_driver(someone)->take<proto::AcceptTasks>()->below == 0);
  CHECK(rig.join_driver(Returning{.session = {3, 4}, .first_task = 70})->take<proto::AcceptTasks>()->below == 70);
}

TEST_CASE("what a driver submitted goes on while it is away, and it is told when it comes back") {
  ClusterRig rig;
  const auto client = rig.join_client(2);
  const auto lost = join_with_function(rig, someone);
  submit(*lost, 0, 2);
  const auto attempts = rig.take_attempts(*client, 2);
  lost->vanish();
  finish(*client, attempts[0].id, "while it was away");

  const auto back = join_with_function(rig, someone);
  CHECK(back->take<proto::AcceptTasks>()->below == 2);
  CHECK(rig.take_outcome(*back).content == "while it was away");
  submit(*back, 0, 3);  // the first two mean nothing new
  finish(*client, attempts[1].id, "afterwards");
  CHECK(rig.take_outcome(*back).content == "afterwards");
  CHECK(rig.take_attempt(*client).id.number == 2);
}

TEST_CASE("outcomes are told again until they are acknowledged") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto lost = join_with_function(rig, someone);
  for (std::uint64_t number = 0; number < 3; ++number) {
    submit(*lost, number);
    finish(*client, rig.take_attempt(*client).id, std::to_string(number));
    CHECK(rig.take_outcome(*lost).number == number);
  }
  lost->say(proto::AcknowledgeOutcomes{.packets = 2});
  submit(*lost, 3);
  static_cast<void>(rig.take_attempt(*client));  // so the acknowledgement has been read as well
  lost->vanish();

  const auto back = join_with_function(rig, someone);
  CHECK(rig.take_outcome(*back).number == 2);
  back->say(proto::AcknowledgeOutcomes{.packets = 1});
  wait_until_read(*back, 4);
  back->vanish();
  const auto again = rig.join_driver(someone);
  CHECK(again->take<proto::AcceptTasks>()->below == 5);
  CHECK(again->waiting<proto::ReportOutcomes>() == 0);
}

TEST_CASE("a large outcome is acknowledged by its number, in whatever order it comes") {
  ClusterRig rig;
  const auto client = rig.join_client(2);
  const auto lost = join_with_function(rig, someone);
  submit(*lost, 0, 2);
  const auto attempts = rig.take_attempts(*client, 2);
  const std::string large(proto::large_outcome_bytes_min, 'x');
  finish(*client, attempts[0].id, large);
  CHECK(rig.take_outcome(*lost).content == large);
  finish(*client, attempts[1].id, "small");
  CHECK(rig.take_outcome(*lost).content == "small");
  lost->say(proto::AcknowledgeOutcomes{.packets = 1});
  submit(*lost, 2);
  static_cast<void>(rig.take_attempt(*client));
  lost->vanish();

  const auto back = join_with_function(rig, someone);
  CHECK(rig.take_outcome(*back).content == large);
  back->say(proto::AcknowledgeOutcomes{.large = {attempts[0].id.number}});
  wait_until_read(*back, 3);
  back->vanish();
  const auto again = rig.join_driver(someone);
  CHECK(again->take<proto::AcceptTasks>()->below == 4);
  CHECK(again->waiting<proto::ReportOutcomes>() == 0);
}

TEST_CASE("a driver that comes back before its last connection is seen to be lost takes its place") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto last = join_with_function(rig, someone);
  submit(*last, 0);
  const Attempt attempt = rig.take_attempt(*client);
  const auto next = rig.join_driver(someone);
  static_cast<void>(last->closed());
  finish(*client, attempt.id, "for the new one");
  CHECK(rig.take_outcome(*next).content == "for the new one");
}

TEST_CASE("the tasks of a driver that does not come back are cancelled") {
  ServerOptions options;
  options.driver_patience = 20ms;
  ClusterRig rig(options);
  const auto client = rig.join_client();
  const auto lost = join_with_function(rig, someone);
  submit(*lost, 0);
  const Attempt attempt = rig.take_attempt(*client);
  lost->vanish();
  CHECK(client->take<proto::CancelAttempts>()->attempts.front().number == attempt.id.number);
  CHECK(rig.join_driver(someone)->take<proto::AcceptTasks>()->below == 0);
}

TEST_CASE("a driver can tell whether it was forgotten") {
  ServerOptions options;
  options.driver_patience = 20ms;
  ClusterRig rig(options);
  const auto client = rig.join_client();
  const auto first = join_with_function(rig, someone);
  submit(*first, 0);
  static_cast<void>(rig.take_attempt(*client));
  const std::uint64_t memory = first->take<proto::AcceptTasks>()->memory;
  CHECK(memory != 0);
  const auto second = rig.join_driver(someone);
  CHECK(second->take<proto::AcceptTasks>()->memory == memory);
  second->vanish();
  static_cast<void>(client->take<proto::CancelAttempts>());
  const std::uint64_t next = rig.join_driver(someone)->take<proto::AcceptTasks>()->memory;
  CHECK(next != 0);
  CHECK(next != memory);
}

TEST_CASE("the tasks of a driver that says goodbye are cancelled at once") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto leaving = join_with_function(rig, someone);
  submit(*leaving, 0);
  const Attempt attempt = rig.take_attempt(*client);
  leaving->leave();
  CHECK(client->take<proto::CancelAttempts>()->attempts.front().number == attempt.id.number);
}

TEST_CASE("a driver that acknowledges what was never sent is disconnected") {
  ClusterRig rig;
  const auto driver = rig.join_driver(someone);
  driver->say(proto::AcknowledgeOutcomes{.packets = 1});
  CHECK_THAT(driver->closed().sentence, Catch::Contains("cannot be"));
}

TEST_CASE("no more tasks are started for a driver that does not acknowledge what it is sent") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto slow = join_with_function(rig, someone);
  const auto other = rig.join_driver_with_function();
  const std::string large(outcome_bytes_max / 4, 'x');
  // Of long tasks one at most is handed out ahead.
  const auto finish_long = [&](const Attempt& attempt) {
    client->say(proto::FinishTasks{{{attempt.id, proto::Finish::value, 10'000'000'000, 0, base::as_bytes(large)}}});
  };
  std::deque<Attempt> held;
  const auto next = [&] {
    while (held.empty()) {
      const auto batch = client->take<proto::AssignTasks>();
      for (const proto::AssignedTask& task : batch->tasks)
        held.push_back({.id = task.id, .arguments = std::string(base::as_text(task.arguments))});
    }
    const Attempt attempt = held.front();
    held.pop_front();
    return attempt;
  };
  submit(*slow, 0, 10);
  proto::AcknowledgeOutcomes came;
  const auto finish_slow = [&](const Attempt& attempt) {
    finish_long(attempt);
    came.large.push_back(attempt.id.number);
  };
  for (int i = 0; i < 5; ++i) finish_slow(next());
  wait_until_read(*slow, 10);
  submit(*other, 0, 1, "of another driver");
  Attempt attempt = next();
  while (attempt.arguments != "of another driver") {
    finish_slow(attempt);
    attempt = next();
  }
  CHECK(came.large.size() <= 7);
  finish(*client, attempt.id, "done");
  static_cast<void>(rig.take_outcomes(*slow, came.large.size()));
  slow->say(came);
  CHECK(next().id.number == came.large.size());
}

}  // namespace blitzen::server
