#include "journal/store.hpp"

#include "journal_rig.hpp"

namespace blitzen::testing {

using namespace journal;

namespace {

State state_after(const std::vector<Record>& records) {
  DiskRig rig;
  rig.open()->write(records);
  return rig.recovered();
}

}  // namespace

TEST_CASE("a new journal is empty and in its first epoch") {
  const DiskRig rig;
  CHECK(rig.open()->epoch() == 1);
  CHECK(rig.recovered().empty());
}

TEST_CASE("every opening begins a new epoch") {
  const DiskRig rig;
  for (std::uint64_t epoch = 1; epoch <= 5; ++epoch) CHECK(rig.open()->epoch() == epoch);
}

TEST_CASE("a journal tells everything of a driver that was written") {
  const State state = state_after({joined(1), FunctionDefined{1, 0, payload("a function")}, accepted(1, 7, "seven"),
                                   accepted(1, 8), TaskStarted{1, 8}, accepted(1, 9), settled(1, 9, "nine")});
  REQUIRE(state.size() == 1);
  const DriverState& driver = state.at(1);
  CHECK(driver.joined == joined(1));
  CHECK(driver.functions == std::map<std::uint32_t, std::string>{{0, "a function"}});
  REQUIRE(driver.tasks.size() == 2);
  CHECK(driver.tasks.at(7) == TaskState{3, 5'000'000'000, 2, "seven", false});
  CHECK(driver.tasks.at(8).started);
  REQUIRE(driver.outcomes.size() == 1);
  CHECK(driver.outcomes.at(9) == OutcomeState{1, 1'009, "nine"});
}

TEST_CASE("an outcome takes the place of its task, of which nothing stays") {
  DiskRig rig;
  rig.options.piece_bytes = 10;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1), accepted(1, 1, std::string(95, 'x')), TaskStarted{1, 1}, settled(1, 1)});
  Collector collector;
  const Recovered recovered = store->recover(collector);
  CHECK(recovered.damage.empty());
  CHECK(recovered.tasks.recorded == 0);
  CHECK(recovered.outcomes.recorded == 1);
}

TEST_CASE("the first outcome of a task is the one that stays") {
  const State state = state_after({joined(1), settled(1, 1, "first"), settled(1, 1, "second")});
  CHECK(state.at(1).outcomes.at(1).content == "first");
}

TEST_CASE("a task that is there or settled is not accepted again") {
  const State state =
      state_after({joined(1), accepted(1, 1, "first"), accepted(1, 1, "second"), settled(1, 2), accepted(1, 2)});
  CHECK(state.at(1).tasks.at(1).arguments == "first");
  CHECK_FALSE(state.at(1).tasks.contains(2));
}

TEST_CASE("what starts is a task that is there") {
  const State state = state_after({joined(1), TaskStarted{1, 1}, settled(1, 2), TaskStarted{1, 2}, accepted(1, 1)});
  CHECK_FALSE(state.at(1).tasks.at(1).started);
}

TEST_CASE("acknowledged outcomes are gone, tasks of the same numbers are not") {
  const State state = state_after({joined(1), settled(1, 1), settled(1, 2), accepted(1, 3), settled(1, 4),
                                   settled(1, 5), OutcomesAcknowledged{1, 2, 4}});
  CHECK(state.at(1).outcomes.size() == 2);
  CHECK(state.at(1).tasks.size() == 1);
}

TEST_CASE("nothing stays of a driver that was forgotten") {
  DiskRig rig;
  rig.options.piece_bytes = 10;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1), joined(2), accepted(2, 1), FunctionDefined{1, 1, payload("twelve bytes")},
                                   accepted(1, 1, std::string(40, 'a')), TaskStarted{1, 1}, settled(1, 2)});
  store->write(std::vector<Record>{DriverForgotten{1}});
  Collector collector;
  const Recovered recovered = store->recover(collector);
  CHECK(recovered.damage.empty());
  CHECK(recovered.functions.recorded + recovered.outcomes.recorded == 0);
  CHECK(collector.state.size() == 1);
  CHECK(collector.state.at(2).tasks.size() == 1);
}

TEST_CASE("what is recorded of a driver that is not there is ignored") {
  const State state = state_after({accepted(1, 1), settled(1, 2), FunctionDefined{1, 1, {}}, DriverForgotten{1},
                                   joined(2), DriverForgotten{2}, accepted(2, 1)});
  CHECK(state.empty());
}

TEST_CASE("a driver that joins a second time is still the first one") {
  DriverJoined second = joined(1);
  second.job = "another";
  CHECK(state_after({joined(1), second}).at(1).joined == joined(1));
}

TEST_CASE("what a driver joined with can be changed, and nothing else of it changes by that") {
  DriverChanged changed{joined(1)};
  changed.now.session.fill(std::byte{99});
  changed.now.numbers_below = 1'000'000;
  const State state = state_after({joined(1), accepted(1, 1), settled(1, 2), changed, DriverChanged{joined(2)}});
  CHECK(state.size() == 1);
  CHECK(state.at(1).joined == changed.now);
  CHECK(state.at(1).tasks.size() == 1);
  CHECK(state.at(1).outcomes.size() == 1);
}

TEST_CASE("what was written by an earlier server can be settled, acknowledged and forgotten by a later one") {
  const DiskRig rig;
  rig.open()->write(std::vector<Record>{joined(1), accepted(1, 1), settled(1, 2), joined(2), accepted(2, 1)});
  rig.open()->write(std::vector<Record>{settled(1, 1), OutcomesAcknowledged{1, 2, 2}, DriverForgotten{2}});
  const State state = rig.recovered();
  CHECK(state.size() == 1);
  CHECK(state.at(1).tasks.empty());
  CHECK(state.at(1).outcomes.size() == 1);
}

TEST_CASE("a payload of any length is told as it was") {
  DiskRig rig;
  rig.options.piece_bytes = 1'000;
  const std::size_t size = GENERATE(0, 1, 999, 1'000, 1'001, 2'000, 2'001, 54'321);
  CAPTURE(size);
  std::string bytes(size, 'x');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 7 + i / 1'000);
  rig.open()->write(std::vector<Record>{joined(1), FunctionDefined{1, 1, payload(bytes)}, accepted(1, 1, bytes),
                                        settled(1, 2, bytes)});
  const DriverState driver = rig.recovered().at(1);
  CHECK(driver.functions.at(1) == bytes);
  CHECK(driver.tasks.at(1).arguments == bytes);
  CHECK(driver.outcomes.at(2).content == bytes);
}

TEST_CASE("the largest numbers are told as they were") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  TaskAccepted task = accepted(0xFFFF'FFFF, most);
  task.function = 0xFFFF'FFFF;
  task.timeout_ns = most;
  task.worker_deaths_max = 255;
  const State state =
      state_after({joined(0xFFFF'FFFF), task, accepted(0xFFFF'FFFF, most / 2 + 1), settled(0xFFFF'FFFF, most - 1)});
  const DriverState& driver = state.at(0xFFFF'FFFF);
  CHECK(driver.tasks.size() == 2);
  CHECK(driver.tasks.at(most) == TaskState{0xFFFF'FFFF, most, 255, "arguments", false});
  CHECK(driver.outcomes.contains(most - 1));
}

TEST_CASE("an empty batch of records is none") {
  const DiskRig rig;
  rig.open()->write({});
  CHECK(rig.recovered().empty());
}

TEST_CASE("a file that was large once becomes small when it is emptied") {
  DiskRig rig;
  rig.options.shrink_bytes_min = 1024 * 1024;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1), joined(2), accepted(2, 1)});
  for (std::uint64_t number = 0; number < 40; ++number)
    store->write(std::vector<Record>{accepted(1, number, std::string(100'000, 'x'))});
  store->write(std::vector<Record>{DriverForgotten{1}});
  CHECK(rig.disk.content(rig.path).size() < 100'000);
  store->write(std::vector<Record>{accepted(2, 2)});
  Collector collector;
  CHECK(store->recover(collector).damage.empty());
  CHECK(collector.state.at(2).tasks.size() == 2);
}

TEST_CASE("deleted rows make room for others, and the log does not grow without bound") {
  DiskRig rig;
  rig.options.log_bytes = 256 * 1024;
  const auto store = rig.open();
  store->write(std::vector<Record>{joined(1)});
  for (std::uint64_t number = 0; number < 500; ++number) {
    store->write(std::vector<Record>{accepted(1, number, std::string(10'000, 'x')), settled(1, number),
                                     OutcomesAcknowledged{1, number, number}});
  }
  CHECK(rig.disk.content(rig.path).size() < 300'000);
  CHECK(rig.disk.content(rig.path + "-wal").size() < 600'000);
}

}  // namespace blitzen::testing
