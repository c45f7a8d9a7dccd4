#include <catch2/catch.hpp>
#include <chrono>

#include "core/scheduler.hpp"
#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr DriverId driver{1};
constexpr TaskId task{driver, 0};

/// Work is handed out only when the test says so, because claims come before that.
class ClaimRig {
 public:
  explicit ClaimRig(std::uint32_t life = 0, bool restored = false) {
    if (life != 0) step(LifeBegan{life});
    step(DriverJoined{.driver = driver, .task_limit = unlimited, .restored = restored});
    step(TaskSubmitted{.task = task, .code = CodeId{1}, .restored = restored});
  }

  Actions step(const Event& event) {
    Actions actions;
    scheduler_.step(event, now_, actions);
    scheduler_.check_invariants();
    return actions;
  }
  Actions assign() {
    Actions actions;
    scheduler_.assign(now_, actions);
    scheduler_.check_invariants();
    return actions;
  }
  ClientId join() {
    const ClientId client{next_client_++};
    CHECK(step(ClientJoined{.client = client, .slots = 1}).empty());
    return client;
  }
  /// The attempt that is handed out now.
  Attempt assigned() {
    const Actions actions = assign();
    REQUIRE(actions.size() == 1);
    REQUIRE(std::holds_alternative<AssignTask>(actions.front()));
    return std::get<AssignTask>(actions.front()).attempt;
  }
  void expect_claimed(ClientId client, Attempt attempt) {
    CHECK(step(AttemptClaimed{client, task, attempt}).empty());
    CHECK(scheduler_.is_assigned(task));
  }
  void expect_refused(ClientId client, TaskId claimed, Attempt attempt) {
    const Actions actions = step(AttemptClaimed{client, claimed, attempt});
    REQUIRE(actions.size() == 1);
    CHECK(to_text(actions.front()) == to_text(CancelAttempt{client, claimed, attempt}));
  }
  void expect_outcome_of(ClientId client, Attempt attempt) {
    const Actions actions = step(TaskFinished{
        .client = client, .task = task, .attempt = attempt, .kind = FinishKind::value, .ran = 1s, .slot = 0});
    REQUIRE(actions.size() == 1);
    CHECK(std::holds_alternative<ReportOutcome>(actions.front()));
  }

 private:
  Scheduler scheduler_;
  TimePoint now_{1h};
  std::uint32_t next_client_ = 1;
};

constexpr Attempt first_of_life(std::uint32_t life) { return (life << attempts_per_life_bits) + 1; }

}  // namespace

TEST_CASE("a client that comes back goes on with what nobody else was given") {
  ClaimRig rig;
  const ClientId lost = rig.join();
  const Attempt attempt = rig.assigned();
  rig.step(ClientLost{lost});
  const ClientId back = rig.join();
  rig.expect_claimed(back, attempt);
  CHECK(rig.assign().empty());
  rig.expect_outcome_of(back, attempt);
}

TEST_CASE("what another client was given meanwhile is cancelled at the one that claims it") {
  ClaimRig rig;
  const ClientId lost = rig.join();
  const Attempt attempt = rig.assigned();
  rig.step(ClientLost{lost});
  const ClientId other = rig.join();
  const Attempt next = rig.assigned();
  CHECK(next != attempt);
  const ClientId back = rig.join();
  rig.expect_refused(back, task, attempt);
  rig.expect_outcome_of(other, next);
}

TEST_CASE("only the last attempt can be claimed") {
  ClaimRig rig;
  const ClientId first = rig.join();
  const Attempt attempt = rig.assigned();
  rig.step(ClientLost{first});
  const ClientId second = rig.join();
  static_cast<void>(rig.assigned());
  rig.step(ClientLost{second});
  const ClientId back = rig.join();
  rig.expect_refused(back, task, attempt);
}

TEST_CASE("what is settled or was never there cannot be claimed") {
  ClaimRig rig;
  const ClientId client = rig.join();
  const Attempt attempt = rig.assigned();
  rig.expect_outcome_of(client, attempt);
  rig.expect_refused(client, task, attempt);
  rig.expect_refused(client, {driver, 7}, 1);
  rig.expect_refused(client, {DriverId{9}, 0}, 1);
}

TEST_CASE("a restored task goes on at the client that had it in the last life") {
  ClaimRig rig(7, true);
  const ClientId client = rig.join();
  rig.expect_claimed(client, first_of_life(6));
  rig.expect_outcome_of(client, first_of_life(6));
}

TEST_CASE("attempts of other lives than the last one, and of drivers that were not there, cannot be claimed") {
  ClaimRig restored(7, true);
  restored.expect_refused(restored.join(), task, first_of_life(5));
  ClaimRig later(7, false);
  later.expect_refused(later.join(), task, first_of_life(6));
  ClaimRig never(7, true);
  never.expect_refused(never.join(), task, 0);
}

TEST_CASE("each life hands out attempts of its own, also of tasks that were claimed") {
  ClaimRig rig(7, true);
  const ClientId lost = rig.join();
  rig.expect_claimed(lost, first_of_life(6));
  rig.step(ClientLost{lost});
  rig.join();
  CHECK(rig.assigned() == first_of_life(7));
}

TEST_CASE("lives are counted from 0 again") {
  ClaimRig rig(lives_max, true);
  const ClientId lost = rig.join();
  rig.expect_claimed(lost, first_of_life(lives_max - 1));
}

}  // namespace blitzen::testing
