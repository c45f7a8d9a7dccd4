#include "client_rig.hpp"

using namespace blitzen;
using client::ClientRig;
using client::decoded;
using client::encoded;

namespace {

constexpr std::uint64_t epoch = 5;

/// Executes a task at a gate, as number 1.
class Executing {
 public:
  Executing() {
    rig.start_warm({"wait", "die"});
    rig.assign(1, 1, gate.arguments());
    gate.wait_for_task();
  }
  ~Executing() { rig.server.hang_up(); }
  Executing(const Executing&) = delete;
  Executing& operator=(const Executing&) = delete;

  /// The numbers that the client claims when it is back.
  std::vector<std::uint64_t> come_back() {
    CHECK(rig.server.wait_for_client().claims);
    std::vector<std::uint64_t> numbers;
    const auto claimed = rig.server.take<proto::ClaimAttempts>();
    for (const proto::AttemptId& id : claimed->attempts) numbers.push_back(id.number);
    return numbers;
  }

  ClientRig rig{{}, {}, epoch};
  client::Gate gate = rig.make_gate();
};

}  // namespace

TEST_CASE("what executes when the server is lost goes on, and is claimed") {
  Executing test;
  test.rig.assign(2, 1, test.gate.arguments());
  test.rig.server.vanish();
  CHECK(test.come_back() == std::vector<std::uint64_t>{1});
  test.gate.open();
  CHECK(test.rig.server.take_finished().id.number == 1);
}

TEST_CASE("what ends while the server is lost is claimed, and told when it is back") {
  Executing test;
  test.rig.server.vanish();
  // Until then the client has not noticed, and tells who is gone.
  test.rig.server.wait_for_knock();
  test.gate.open();
  CHECK(test.come_back() == std::vector<std::uint64_t>{1});
  CHECK(test.rig.server.take_finished().id.number == 1);
}

TEST_CASE("a claim that the server refuses is ended") {
  Executing test;
  test.rig.server.vanish();
  CHECK(test.come_back() == std::vector<std::uint64_t>{1});
  test.rig.server.say(proto::CancelAttempts{{client::attempt(1)}});
  test.rig.define({"add"});
  test.rig.assign(3, 0, encoded(3, 4));
  const auto finished = test.rig.server.take_finished();
  CHECK(finished.id.number == 3);
  CHECK(decoded<int>(finished.content) == 7);
}

TEST_CASE("a claim holds over several connections") {
  Executing test;
  for (int i = 0; i < 3; ++i) {
    test.rig.server.vanish();
    CHECK(test.come_back() == std::vector<std::uint64_t>{1});
  }
  test.gate.open();
  CHECK(test.rig.server.take_finished().id.number == 1);
}

TEST_CASE("a client that executed nothing claims nothing") {
  ClientRig rig({}, {}, epoch);
  rig.start_warm();
  rig.server.vanish();
  CHECK_FALSE(rig.server.wait_for_client().claims);
}
