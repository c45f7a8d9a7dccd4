#include <csignal>

#include "client_rig.hpp"

using namespace blitzen;
using client::attempt;
using client::ClientRig;
using client::decoded;
using client::encoded;

namespace {

ClientOptions with_workers(int workers) {
  ClientOptions options;
  options.workers = workers;
  return options;
}

}  // namespace

TEST_CASE("a task's result comes back under its attempt") {
  ClientRig rig;
  rig.start({"add"});
  rig.assign(42, 0, encoded(2, 3));
  rig.ship_image();
  const auto finished = rig.server.take_finished();
  CHECK(finished.id.driver == 1);
  CHECK(finished.id.attempt == 1);
  CHECK(finished.id.number == 42);
  CHECK(finished.finish == proto::Finish::value);
  CHECK(decoded<int>(finished.content) == 5);
}

TEST_CASE("a batch of tasks comes back whole") {
  ClientRig rig(with_workers(2));
  rig.start_warm();
  constexpr int count = 500;
  std::vector<std::vector<std::byte>> arguments;
  proto::AssignTasks packet;
  for (int i = 0; i < count; ++i) arguments.push_back(encoded(i, 1));
  for (int i = 0; i < count; ++i) {
    const auto number = static_cast<std::size_t>(i);
    packet.tasks.push_back({attempt(number), 0, 0, arguments[number]});
  }
  rig.server.say(packet);
  std::vector<int> results(count, 0);
  for (int i = 0; i < count; ++i) {
    const auto finished = rig.server.take_finished();
    results.at(finished.id.number) = decoded<int>(finished.content);
  }
  for (int i = 0; i < count; ++i) CHECK(results[static_cast<std::size_t>(i)] == i + 1);
}

TEST_CASE("a large result arrives whole") {
  ClientRig rig;
  rig.start_warm({"large"});
  rig.assign(1, 1, encoded(std::uint64_t{8} << 20U));
  CHECK(decoded<std::string>(rig.server.take_finished().content) == std::string(8U << 20U, 'x'));
}

TEST_CASE("an exception comes back as an error that describes it") {
  ClientRig rig;
  rig.start_warm({"fail"});
  rig.assign(1, 1, encoded(std::string("no such point")));
  const auto finished = rig.server.take_finished();
  CHECK(finished.finish == proto::Finish::error);
  CHECK(client::failure_of(finished).exception_type == "std::invalid_argument");
  CHECK(client::failure_of(finished).what == "no such point");
}

TEST_CASE("a task that takes too long is timed out and its slot runs the next") {
  ClientRig rig;
  rig.start_warm({"wait"});
  const auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments(), std::chrono::milliseconds{50});
  const auto finished = rig.server.take_finished();
  CHECK(finished.finish == proto::Finish::timed_out);
  CHECK(client::failure_of(finished).message == "timed out after 0.05 s");
  rig.assign(2, 0, encoded(3, 4));
  CHECK(decoded<int>(rig.server.take_finished().content) == 7);
}

TEST_CASE("a worker that dies is reported with its obituary and replaced") {
  ClientRig rig;
  rig.start_warm({"die"});
  rig.assign(1, 1, {});
  const auto death = rig.server.take<proto::WorkerDeath>();
  CHECK(death->id.number == 1);
  CHECK(death->obituary.signal == SIGKILL);
  CHECK_FALSE(death->obituary.host.empty());
  rig.assign(2, 0, encoded(3, 4));
  CHECK(decoded<int>(rig.server.take_finished().content) == 7);
}

TEST_CASE("a recall brings back what has not started, and only that") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  for (std::uint64_t number = 2; number <= 4; ++number) rig.assign(number, 1, gate.arguments());
  rig.server.say(proto::RecallTasks{100});
  std::vector<std::uint64_t> returned;
  while (returned.size() < 3) {
    const auto batch = rig.server.take<proto::ReturnTasks>();
    for (const auto& id : batch->attempts) returned.push_back(id.number);
  }
  std::sort(returned.begin(), returned.end());
  CHECK(returned == std::vector<std::uint64_t>{2, 3, 4});
  gate.open();
  CHECK(rig.server.take_finished().id.number == 1);
}

TEST_CASE("a cancelled attempt is not heard of again and frees its slot") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  gate.wait_for_task();
  rig.server.say(proto::CancelAttempts{{attempt(1)}});
  rig.assign(2, 0, encoded(3, 4));
  const auto finished = rig.server.take_finished();
  CHECK(finished.id.number == 2);
  CHECK(rig.server.waiting<proto::WorkerDeath>() == 0);
}

TEST_CASE("the status says what executes") {
  ClientRig rig;
  rig.start_warm({"wait"});
  auto gate = rig.make_gate();
  rig.assign(1, 1, gate.arguments());
  const auto status = rig.server.take<proto::ClientStatus>();
  CHECK_FALSE(status->draining);
  REQUIRE(status->executing.size() == 1);
  CHECK(status->executing.front().id.number == 1);
  gate.open();
}
