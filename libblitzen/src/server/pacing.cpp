// Who has to wait for a broker, so that nothing it keeps grows without bounds.
#include <algorithm>
#include <utility>

#include "base/size_text.hpp"
#include "blitzen/logging.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

/// Below this, a driver's outcomes go out together anyway.
constexpr std::uint64_t outcome_bytes_min = 1024 * 1024;

}  // namespace

/// The scheduler is told when it changes, and answers nothing to it.
void Broker::note_congestion(DriverSession& driver) {
  const std::uint64_t share = memory_.share(drivers_.size()) / 2;
  const std::uint64_t highest = driver.has_job() ? options_.job_bytes : outcome_bytes_max;
  const std::uint64_t most = std::min(std::max(share, outcome_bytes_min), highest);
  const bool congested = driver.outcome_bytes() > (driver.congested ? most / 2 : most);
  if (std::exchange(driver.congested, congested) == congested) return;
  scheduler_.step(core::DriverCongested{driver.id(), congested}, now_, actions_);
  if (congested && driver.has_job()) tell_of_full_job(driver, most);
}

/// While payloads take too much, who has more than its share sends no tasks. One of them at least is there: the shares
/// together are what may be used.
void Broker::hold_drivers() {
  if (!drivers_held_ && !memory_.exceeded()) return;
  const bool all_go_on = memory_.relieved();
  const std::uint64_t share = memory_.share(drivers_.size());
  drivers_held_ = false;
  drivers_.for_each([&](DriverSession& driver) {
    const bool had_enough = driver.bytes() > (driver.holds_tasks() ? share / 2 : share);
    const bool held = !all_go_on && had_enough && (driver.holds_tasks() || memory_.exceeded());
    if (held != driver.holds_tasks()) driver.hold_tasks(held);
    drivers_held_ |= held;
  });
  if (drivers_held_ && !std::exchange(told_of_full_memory_, true)) {
    logging::get_logger().info("the payloads of tasks take " + base::size_text(memory_.used()) + ", as much as " +
                               "the memory limit (--memory-limit) allows: drivers wait until there is room");
  }
}

/// Who brings more than the disk takes has to wait.
void Broker::hold_reading() {
  if (!journal_) return;
  const bool held = reading_held_ ? !journal_->relieved() : journal_->congested();
  if (std::exchange(reading_held_, held) == held) return;
  for (const auto& [key, channel] : channels_) channel->hold_reading(held);
}

/// Who is not listened to cannot be heard.
void Broker::excuse_silence() {
  clients_.for_each(
      [this](const ClientSession& client) { scheduler_.step(core::ClientHeard{client.id()}, now_, actions_); });
}

}  // namespace blitzen::server
