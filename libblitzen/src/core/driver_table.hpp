// The drivers, their tasks, and whose turn it is.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "core/events.hpp"
#include "core/ids.hpp"
#include "core/numbered_table.hpp"
#include "core/ring.hpp"
#include "core/task.hpp"
#include "core/task_queue.hpp"

namespace blitzen::core {

struct Driver {
  Driver(const DriverJoined& joined, Ring<Driver>& ring)
      : id(joined.driver),
        task_limit(joined.task_limit),
        tasks(joined.first_task),
        restored(joined.restored),
        turn(ring, this) {}

  DriverId id;
  std::uint64_t task_limit;
  NumberedTable<Task> tasks;  ///< The unsettled ones.
  TaskQueue queue{tasks};
  std::vector<std::uint64_t> running;  ///< Numbers of the tasks that clients hold, in no order.
  std::uint64_t taken_in_turn = 0;
  std::uint64_t taken = 0;  ///< In all turns, and what it may no longer catch up with.
  bool restored;
  bool congested = false;
  std::optional<TimePoint> away_until;
  Seat<Driver> turn;
};

/// Turns whose tasks a driver may catch up with.
inline constexpr std::uint64_t turns_behind_max = 22;

/// Round robin: each driver with queued work gives as many tasks in its turn as the others, however many it has queued.
/// One that has given fewer so far, because it came later or had none, catches up in its next turn, so that drivers who
/// begin together end together. It catches up with at most `turns_behind_max` turns, and nobody misses a turn for it.
/// Where turns are single tasks, nobody catches up.
class DriverTable {
 public:
  /// False when the driver is there already.
  bool join(const DriverJoined& joined);
  /// Forgets the driver and all its tasks.
  void remove(DriverId id);
  /// Null for a driver that has not joined or was lost.
  [[nodiscard]] Driver* find(DriverId id) const;

  /// Tasks of a congested driver stay queued.
  void set_congested(Driver& driver, bool congested);

  /// Until then it may come back.
  void set_away(Driver& driver, TimePoint until);
  void set_back(Driver& driver);
  /// The driver whose time to come back is over first.
  [[nodiscard]] const Driver* longest_away() const;

  void queue_last(Driver& driver, std::uint64_t number);
  void queue_first(Driver& driver, std::uint64_t number);
  void unqueue(Driver& driver, std::uint64_t number);

  struct Taken {
    Driver* driver;
    std::uint64_t number;
  };
  /// The next task whose code is not refused, from the driver whose turn it is. The turn ends with that many tasks.
  [[nodiscard]] std::optional<Taken> take(const CodeSet& refused, std::uint64_t tasks_per_turn);
  /// Any queued task of this code.
  [[nodiscard]] std::optional<Taken> take_of(CodeId code);

  /// Queued tasks that may be taken, of all drivers.
  [[nodiscard]] std::uint64_t queued() const { return queued_; }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& driver : drivers_) {
      if (driver) visit(*driver);
    }
  }
  /// Throws std::logic_error when turns, queues and counts disagree.
  void check_invariants() const;

 private:
  void queued(Driver& driver);
  void count_taken(Driver& driver);
  void begin_turn(Driver& driver, std::uint64_t tasks_per_turn) const;
  static void end_turn(Driver& driver);

  Ring<Driver> ready_;  ///< With queued tasks, and not congested. Rings outlive the drivers, whose seats leave them.
  Ring<Driver> resting_;
  std::vector<std::unique_ptr<Driver>> drivers_;  ///< By id; null when not there.
  std::set<std::pair<TimePoint, DriverId>> away_;
  std::uint64_t queued_ = 0;
  std::uint64_t most_taken_ = 0;  ///< Of any driver.
};

}  // namespace blitzen::core
