#include "core/driver_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace blitzen::core {

bool DriverTable::join(const DriverJoined& joined) {
  const auto index = static_cast<std::size_t>(joined.driver);
  if (drivers_.size() <= index) drivers_.resize(index + 1);
  if (drivers_[index]) return false;
  drivers_[index] = std::make_unique<Driver>(joined, resting_);
  return true;
}

void DriverTable::remove(DriverId id) {
  std::unique_ptr<Driver>& driver = drivers_[static_cast<std::size_t>(id)];
  set_back(*driver);
  set_congested(*driver, true);
  driver.reset();
}

Driver* DriverTable::find(DriverId id) const {
  const auto index = static_cast<std::size_t>(id);
  return index < drivers_.size() ? drivers_[index].get() : nullptr;
}

void DriverTable::set_congested(Driver& driver, bool congested) {
  if (std::exchange(driver.congested, congested) == congested) return;
  if (congested) {
    queued_ -= driver.queue.size();
    driver.turn.move_to(resting_);
    driver.taken_in_turn = 0;
  } else {
    queued_ += driver.queue.size();
    if (driver.queue.size() > 0) driver.turn.move_to(ready_);
  }
}

void DriverTable::set_away(Driver& driver, TimePoint until) {
  set_back(driver);
  driver.away_until = until;
  away_.emplace(until, driver.id);
}

void DriverTable::set_back(Driver& driver) {
  if (driver.away_until) away_.erase({*driver.away_until, driver.id});
  driver.away_until.reset();
}

const Driver* DriverTable::longest_away() const { return away_.empty() ? nullptr : find(away_.begin()->second); }

void DriverTable::queue_last(Driver& driver, std::uint64_t number) {
  driver.queue.push_back(number);
  queued(driver);
}

void DriverTable::queue_first(Driver& driver, std::uint64_t number) {
  driver.queue.push_front(number);
  queued(driver);
}

void DriverTable::queued(Driver& driver) {
  if (driver.congested) return;
  driver.turn.move_to(ready_);
  ++queued_;
}

void DriverTable::unqueue(Driver& driver, std::uint64_t number) {
  driver.queue.remove(number);
  count_taken(driver);
}

void DriverTable::count_taken(Driver& driver) {
  if (driver.congested) return;
  --queued_;
  if (driver.queue.size() > 0) return;
  driver.turn.move_to(resting_);
  driver.taken_in_turn = 0;
}

void DriverTable::begin_turn(Driver& driver, std::uint64_t tasks_per_turn) const {
  const std::uint64_t behind_max = tasks_per_turn == 1 ? 0 : tasks_per_turn * turns_behind_max;
  driver.taken = std::max(driver.taken, most_taken_ - std::min(most_taken_, behind_max));
}

void DriverTable::end_turn(Driver& driver) {
  driver.turn.rotate();
  driver.taken_in_turn = 0;
}

std::optional<DriverTable::Taken> DriverTable::take(const CodeSet& refused, std::uint64_t tasks_per_turn) {
  for (std::size_t untried = ready_.size(); untried > 0; --untried) {
    Driver& driver = *ready_.front();
    const auto number = driver.queue.take(refused);
    if (!number) {
      end_turn(driver);
      continue;
    }
    if (driver.taken_in_turn == 0) begin_turn(driver, tasks_per_turn);
    ++driver.taken_in_turn;
    most_taken_ = std::max(most_taken_, ++driver.taken);
    if (driver.taken_in_turn >= tasks_per_turn && driver.taken == most_taken_) end_turn(driver);
    count_taken(driver);
    return Taken{&driver, *number};
  }
  return std::nullopt;
}

std::optional<DriverTable::Taken> DriverTable::take_of(CodeId code) {
  for (const auto& driver : drivers_) {
    if (!driver) continue;
    if (const auto number = driver->queue.take_of(code)) {
      count_taken(*driver);
      return Taken{driver.get(), *number};
    }
  }
  return std::nullopt;
}

void DriverTable::check_invariants() const {
  std::uint64_t queued = 0;
  for_each([&](const Driver& driver) {
    driver.queue.check_invariants();
    if (!driver.congested) queued += driver.queue.size();
    if (driver.turn.is_in(ready_) != (driver.queue.size() > 0 && !driver.congested)) {
      throw std::logic_error("a driver's turn does not follow from its queue");
    }
    if (driver.queue.size() + driver.running.size() != driver.tasks.size()) {
      throw std::logic_error("a task is neither queued nor running");
    }
    if (driver.tasks.size() > driver.task_limit) throw std::logic_error("a driver exceeds its task limit");
  });
  if (queued != queued_) throw std::logic_error("the number of queued tasks is not the sum over the drivers");
}

}  // namespace blitzen::core
