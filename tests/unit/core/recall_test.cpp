#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

namespace {

/// A client with one slot that holds `ahead` tasks on top of the one it executes.
struct Hoarder {
  ClientId client{};
  std::vector<AssignTask> held{};
};

Hoarder make_hoarder(SchedulerRig& rig, std::size_t ahead, CodeId code = CodeId{1}) {
  Hoarder hoarder{.client = rig.join({.slots = 1})};
  for (int i = 0; i < 10; ++i) {
    rig.submit({.code = code});
    rig.finish(rig.take<AssignTask>(), FinishKind::value, SchedulerRig::short_task);
    rig.take<ReportOutcome>();
  }
  rig.submit_many(1 + ahead, {.code = code});
  hoarder.held = rig.take_many<AssignTask>(1 + ahead);
  return hoarder;
}

}  // namespace

TEST_CASE("an idle client makes another hand back half of what it has not started") {
  SchedulerRig rig;
  const Hoarder hoarder = make_hoarder(rig, 6);
  rig.join({.slots = 8});
  const auto recall = rig.take<RecallTasks>();
  CHECK(recall.client == hoarder.client);
  CHECK(recall.count == 3);
}

TEST_CASE("no more is recalled than idle slots can take") {
  SchedulerRig rig;
  make_hoarder(rig, 6);
  rig.join({.slots = 2});
  CHECK(rig.take<RecallTasks>().count == 2);
}

TEST_CASE("what was handed back goes to the idle client") {
  SchedulerRig rig;
  const Hoarder hoarder = make_hoarder(rig, 2);
  const ClientId idle = rig.join({.slots = 1});
  CHECK(rig.take<RecallTasks>().count == 1);
  rig.give_back(hoarder.held.back());
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == idle);
  CHECK(again.task == hoarder.held.back().task);
}

TEST_CASE("a client is asked once until it answers") {
  SchedulerRig rig;
  const Hoarder hoarder = make_hoarder(rig, 4);
  const ClientId idle = rig.join({.slots = 8});
  CHECK(rig.take<RecallTasks>().count == 2);
  rig.step(ClientHeard{idle});
  rig.step(ClientHeard{hoarder.client});
  rig.expect_nothing();

  rig.give_back(hoarder.held[4]);
  CHECK(rig.take<AssignTask>().client == idle);
  rig.expect_nothing();
  rig.give_back(hoarder.held[3]);
  CHECK(rig.take<AssignTask>().client == idle);
  CHECK(rig.take<RecallTasks>().count == 1);
}

TEST_CASE("tasks that started before the recall arrived answer it by finishing") {
  SchedulerRig rig;
  const Hoarder hoarder = make_hoarder(rig, 2);
  rig.join({.slots = 8});
  CHECK(rig.take<RecallTasks>().count == 1);
  rig.finish(hoarder.held[0], FinishKind::value, SchedulerRig::short_task);
  rig.take<ReportOutcome>();
  rig.finish(hoarder.held[1], FinishKind::value, SchedulerRig::short_task);
  rig.take<ReportOutcome>();
  rig.expect_nothing();
  rig.submit();
  rig.take<AssignTask>();
}

TEST_CASE("several idle clients do not have the same tasks recalled twice") {
  SchedulerRig rig;
  make_hoarder(rig, 4);
  rig.join({.slots = 1});
  CHECK(rig.take<RecallTasks>().count == 1);
  rig.join({.slots = 1});
  rig.expect_nothing();
}

TEST_CASE("nothing is recalled for a client that refuses the code") {
  SchedulerRig rig;
  const ClientId narrow = rig.join({.slots = 1});
  rig.submit();
  const auto assigned = rig.take<AssignTask>();
  rig.drain(narrow);
  rig.give_back(assigned);
  const ClientId picky = rig.join({.slots = 1});
  const auto again = rig.take<AssignTask>();
  CHECK(again.client == picky);
  const ClientId able = rig.join({.slots = 1});
  rig.refuse(again);
  auto held = rig.take<AssignTask>();
  for (int i = 0; i < 10; ++i) {
    rig.finish(held, FinishKind::value, SchedulerRig::short_task);
    rig.take<ReportOutcome>();
    rig.submit();
    held = rig.take<AssignTask>();
    CHECK(held.client == able);
  }
  rig.submit_many(5);
  for (const auto& ahead : rig.take_many<AssignTask>(5)) CHECK(ahead.client == able);
  rig.expect_nothing();
}

TEST_CASE("nothing is recalled while queued work suits the idle client") {
  SchedulerRig rig;
  const Hoarder hoarder = make_hoarder(rig, 2);
  rig.submit_many(5000);
  const auto ahead = rig.take_all<AssignTask>();
  CHECK(ahead.size() > 100);
  const ClientId idle = rig.join({.slots = 4});
  for (const auto& assigned : rig.take_many<AssignTask>(4)) CHECK(assigned.client == idle);
  rig.expect_nothing();
}

}  // namespace blitzen::testing
