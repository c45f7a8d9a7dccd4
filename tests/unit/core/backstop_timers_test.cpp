#include "core/backstop_timers.hpp"

#include <catch2/catch.hpp>
#include <set>

namespace blitzen::core {

TEST_CASE("entries of attempts that ended early do not pile up behind one that runs on") {
  std::set<std::uint64_t> armed{0};
  const auto is_armed = [&](const BackstopTimers::Entry& entry) { return armed.contains(entry.task.number); };
  BackstopTimers timers;
  const TimePoint start{};
  timers.arm({start + std::chrono::seconds{1}, {DriverId{1}, 0}, 1});
  for (std::uint64_t number = 1; number <= 10'000; ++number) {
    armed.insert(number);
    timers.arm({start + std::chrono::hours{1}, {DriverId{1}, number}, 1});
    armed.erase(number);
    timers.disarm(is_armed);
  }
  CHECK(timers.armed() == 1);
  CHECK(timers.size() < 100);
  CHECK(timers.next_deadline() == start + std::chrono::seconds{1});
}

}  // namespace blitzen::core
