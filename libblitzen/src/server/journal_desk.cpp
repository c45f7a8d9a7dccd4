#include "server/journal_desk.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "journal/writer.hpp"
#include "proto/codec.hpp"

namespace blitzen::server {
namespace {

std::uint32_t number_of(core::DriverId driver) { return static_cast<std::uint32_t>(driver); }

journal::DriverJoined record_of(const DriverSession& driver) {
  const auto& [session, job, numbers_below] = driver.record();
  return {.driver = number_of(driver.id()),
          .session = std::bit_cast<journal::SessionId>(std::array<std::uint64_t, 2>{session.high, session.low}),
          .job = job,
          .keeps = driver.has_job(),
          .numbers_below = numbers_below};
}

}  // namespace

std::unique_ptr<journal::Recorder> JournalDesk::start_writer(std::unique_ptr<journal::Store> store,
                                                             journal::OnCommitted committed, journal::OnFailed failed) {
  return std::make_unique<journal::Writer>(std::move(store), std::move(committed), std::move(failed));
}

JournalDesk::JournalDesk(EventLoop& loop, std::unique_ptr<journal::Store> store, const StartRecorder& start,
                         OnSafe on_safe, OnFailed on_failed)
    : loop_(loop),
      on_safe_(std::move(on_safe)),
      recorder_(start(
          std::move(store), [this](std::uint64_t position) { committed(position); },
          [this, failed = std::move(on_failed)](const journal::Error& error) {
            loop_.post([failed, error] { failed(error); });
          })) {}

void JournalDesk::joined(const DriverSession& driver) { record(record_of(driver)); }

void JournalDesk::changed(const DriverSession& driver) { record(journal::DriverChanged{record_of(driver)}); }

void JournalDesk::attached(const DriverSession& driver) {
  changed(driver);
  held().attached.push_back({driver.id(), driver.session()});
}

void JournalDesk::forgotten(core::DriverId driver) { record(journal::DriverForgotten{number_of(driver)}); }

void JournalDesk::defined(core::DriverId driver, const proto::Function& function) {
  std::vector<std::byte> definition;
  proto::encode(function, definition);
  record(journal::FunctionDefined{number_of(driver), function.index, base::SharedBytes::copy_of(definition)});
}

void JournalDesk::submitted(core::DriverId driver, const proto::SubmittedTask& task, base::SharedBytes arguments) {
  record(journal::TaskAccepted{number_of(driver), task.number, task.function, task.timeout_ns, task.worker_deaths_max,
                               std::move(arguments)});
}

void JournalDesk::accepted(core::DriverId driver, std::uint64_t below) { held().accepted.push_back({driver, below}); }

void JournalDesk::starting(core::ClientId client, const Assignment& assignment) {
  record(journal::TaskStarted{number_of(assignment.task.driver), assignment.task.number});
  held().starts.push_back({client, assignment});
}

bool JournalDesk::withdraw(core::ClientId client, const Assignment& assignment) {
  for (Held& held : held_) {
    const auto removed = std::erase_if(held.safe.starts, [&](const Safe::Start& start) {
      return start.client == client && start.assignment == assignment;
    });
    if (removed > 0) return true;
  }
  return false;
}

std::vector<Assignment> JournalDesk::withdraw_all(core::ClientId client) {
  std::vector<Assignment> withdrawn;
  for (Held& held : held_) {
    std::erase_if(held.safe.starts, [&](const Safe::Start& start) {
      if (start.client == client) withdrawn.push_back(start.assignment);
      return start.client == client;
    });
  }
  return withdrawn;
}

void JournalDesk::settled(core::DriverId driver, const proto::ReportedOutcome& outcome,
                          const base::SharedBytes& packet) {
  record(journal::TaskSettled{number_of(driver), outcome.number, static_cast<std::uint8_t>(outcome.outcome),
                              outcome.ran_ns, packet.slice(outcome.content)});
  held().outcomes.push_back({driver, outcome, packet});
}

void JournalDesk::acknowledged(core::DriverId driver, std::vector<std::uint64_t> numbers) {
  std::ranges::sort(numbers);
  for (std::size_t i = 0; i < numbers.size();) {
    const std::uint64_t first = numbers[i];
    std::uint64_t last = first;
    while (++i < numbers.size() && numbers[i] == last + 1) ++last;
    record(journal::OutcomesAcknowledged{number_of(driver), first, last});
  }
}

void JournalDesk::forgotten(const DriverSession& driver, const proto::ForgetTasks& packet) {
  acknowledged(driver.id(), packet.numbers);
  held().forgotten.push_back({driver.id(), driver.session(), packet.sequence});
}

void JournalDesk::record(journal::Record record) { position_ = recorder_->record(std::move(record)); }

JournalDesk::Safe& JournalDesk::held() {
  if (held_.empty() || std::exchange(sealed_, false)) held_.emplace_back();
  held_.back().position = position_;
  return held_.back().safe;
}

/// In the recorder's thread.
void JournalDesk::committed(std::uint64_t position) {
  committed_ = position;
  if (!release_posted_.exchange(true)) loop_.post([this] { release(); });
}

void JournalDesk::release() {
  release_posted_ = false;
  const std::uint64_t committed = committed_;
  while (!held_.empty() && held_.front().position <= committed) {
    const Safe safe = std::move(held_.front().safe);
    held_.pop_front();
    on_safe_(safe);
  }
  if (held_.empty()) on_safe_({});
  // What is recorded from now on waits for a later commit than what is left.
  sealed_ = true;
}

}  // namespace blitzen::server
