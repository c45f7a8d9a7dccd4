// Whose turn it is, and for how long.
#include "core/driver_table.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>

using namespace blitzen::core;

namespace {

constexpr std::uint64_t tasks_per_turn = 8;
constexpr std::uint64_t enough = 10'000;

class Drivers {
 public:
  DriverId join(std::uint64_t tasks) {
    const auto id = static_cast<DriverId>(joined_++);
    REQUIRE(table_.join({.driver = id, .task_limit = enough}));
    queue(id, tasks);
    return id;
  }

  void queue(DriverId id, std::uint64_t tasks) {
    Driver& driver = *table_.find(id);
    for (; tasks > 0; --tasks) {
      const std::uint64_t number = driver.tasks.end();
      driver.tasks.insert(number).lane = driver.queue.lane_of(CodeId{1});
      table_.queue_last(driver, number);
    }
  }

  /// How many of so many tasks came from each driver.
  std::map<DriverId, std::uint64_t> take(std::uint64_t tasks, std::uint64_t per_turn = tasks_per_turn) {
    std::map<DriverId, std::uint64_t> taken;
    for (; tasks > 0; --tasks) {
      const auto next = table_.take({}, per_turn);
      REQUIRE(next);
      ++taken[next->driver->id];
    }
    return taken;
  }

 private:
  DriverTable table_;
  std::size_t joined_ = 0;
};

void check_equal_turns(Drivers& drivers, DriverId one, DriverId other, std::uint64_t per_turn = tasks_per_turn) {
  auto taken = drivers.take(20 * per_turn, per_turn);
  CHECK(taken[one] == 10 * per_turn);
  CHECK(taken[other] == 10 * per_turn);
}

}  // namespace

TEST_CASE("drivers with queued tasks take turns of the same length") {
  Drivers drivers;
  const DriverId a = drivers.join(enough);
  const DriverId b = drivers.join(enough);
  check_equal_turns(drivers, a, b);
}

TEST_CASE("a driver that comes late catches up with the others in its first turn") {
  Drivers drivers;
  const DriverId early = drivers.join(enough);
  const std::uint64_t lead = 10 * tasks_per_turn;
  drivers.take(lead);
  const DriverId late = drivers.join(enough);
  auto taken = drivers.take(tasks_per_turn + lead);
  CHECK(taken[late] == lead);
  check_equal_turns(drivers, early, late);
}

TEST_CASE("a driver that comes very late catches up with a limited number of turns") {
  Drivers drivers;
  const DriverId early = drivers.join(enough);
  drivers.take(2 * turns_behind_max * tasks_per_turn);
  const DriverId late = drivers.join(enough);
  const std::uint64_t caught_up = (turns_behind_max + 1) * tasks_per_turn;
  auto taken = drivers.take(tasks_per_turn + caught_up);
  CHECK(taken[late] <= caught_up);
  check_equal_turns(drivers, early, late);
}

TEST_CASE("drivers that come and go take no more than the one that stays") {
  Drivers drivers;
  const DriverId staying = drivers.join(enough);
  const DriverId returning = drivers.join(1);
  std::uint64_t taken_staying = 0;
  std::uint64_t taken_returning = 0;
  for (int i = 0; i < 100; ++i) {
    drivers.queue(returning, tasks_per_turn);
    auto taken = drivers.take(2 * tasks_per_turn);
    taken_staying += taken[staying];
    taken_returning += taken[returning];
  }
  CHECK(taken_returning <= taken_staying + (turns_behind_max + 1) * tasks_per_turn);
}

TEST_CASE("nobody catches up where turns are single tasks") {
  Drivers drivers;
  const DriverId early = drivers.join(enough);
  drivers.take(1'000, 1);
  const DriverId late = drivers.join(enough);
  check_equal_turns(drivers, early, late, 1);
}
