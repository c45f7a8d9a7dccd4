#include "server/driver_session.hpp"

#include <algorithm>
#include <utility>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {

DriverSession::DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions,
                             MemoryBudget& budget)
    : id_(id),
      record_{.session = channel->peer().session, .job = channel->peer().job},
      channel_(std::move(channel)),
      table_(functions),
      tasks_(channel_->peer().first_task, &budget),
      outcomes_(&budget) {
  begin_memory();
  if (record_.job.empty()) return;
  keep_outcomes(budget);
  record_.numbers_below = channel_->peer().first_task + numbers_reserved;
}

DriverSession::~DriverSession() {
  for (const auto& function : functions_) {
    if (function) table_.release(function->id);
  }
}

DriverSession::DriverSession(Id id, const DriverRecord& record, FunctionTable& functions, MemoryBudget& budget)
    : id_(id),
      record_(record),
      table_(functions),
      tasks_(0, &budget),
      outcomes_(&budget),
      all_safe_(true),
      restored_below_(record.numbers_below) {
  if (!record_.job.empty()) keep_outcomes(budget);
}

void DriverSession::keep_outcomes(MemoryBudget& budget) {
  tasks_.keep_outcomes();
  kept_.emplace(tasks_, budget);
}

void DriverSession::part() {
  channel_.reset();
  greeted_ = awaits_image_ = has_image_ = told_of_missing_image = false;
  offered_image_.reset();
}

std::uint64_t DriverSession::resume(std::shared_ptr<net::Channel> channel) {
  channel_ = std::move(channel);
  const proto::Hello& peer = channel_->peer();
  // It knows nothing of the job yet, also if it comes again because it was not greeted.
  const bool knows_nothing = peer.attach;
  // What the last driver did not send never comes, and its numbers are not used again.
  const std::uint64_t first_task = knows_nothing ? std::max(tasks_.end(), restored_below_) : peer.first_task;
  tasks_.skip_below(first_task);
  if (kept_) kept_->begin(knows_nothing);
  if (knows_nothing) {
    record_.session = peer.session;
    forgotten_ = 0;
    record_.numbers_below = std::max(record_.numbers_below, first_task + numbers_reserved);
  }
  // A driver that heard nothing before it was lost has defined nothing.
  if (functions_.empty()) begin_memory();
  // An attaching driver is greeted when all this is safe.
  all_safe_ |= knows_nothing;
  return std::max(first_task, tasks_.accepted_below());
}

void DriverSession::greet() {
  greeted_ = true;
  if (record_.session == proto::SessionId{}) return;
  if (std::exchange(all_safe_, false) && safe_below_) safe_below_ = tasks_.accepted_below();
  if (kept_) send_job_state();
  accepted_told_ = accepted();
  channel_->send(accepted_told_);
  if (tasks_held_) hold_tasks(true);
  if (kept_) return kept_->tell(*channel_);
  outcomes_.flush(nullptr);
  outcomes_.send_again(*channel_);
}

void DriverSession::hold_tasks(bool held) {
  tasks_held_ = held;
  held_at_bytes_ = tasks_.bytes();
  if (greeted_) channel_->send(proto::HoldTasks{held});
}

/// In whole packets, which are not overtaken.
void DriverSession::send_job_state() {
  constexpr std::size_t ranges_max = proto::batch_bytes_target / sizeof(proto::TaskRange);
  proto::JobState state{.next_task = tasks_.end(), .functions = static_cast<std::uint32_t>(functions_.size())};
  tasks_.for_each([&](std::uint64_t number, const StoredTask&) {
    if (!state.tasks.empty() && state.tasks.back().last + 1 == number) {
      state.tasks.back().last = number;
      return;
    }
    if (state.tasks.size() == ranges_max) {
      channel_->send(state);
      state.tasks.clear();
    }
    state.tasks.push_back({number, number});
  });
  channel_->send(state);
}

bool DriverSession::define(const proto::Function& function) {
  if (function.index >= proto::functions_max) {
    throw proto::DecodeError("a driver may define at most " + std::to_string(proto::functions_max) + " functions");
  }
  if (functions_.size() <= function.index) functions_.resize(function.index + 1);
  std::optional<FunctionRef>& entry = functions_[function.index];
  const FunctionRef acquired = table_.acquire(function);
  if (!entry) {
    entry = acquired;
    return true;
  }
  table_.release(acquired.id);
  if (entry->id != acquired.id)
    throw proto::DecodeError("function " + std::to_string(function.index) + " was defined as two different ones");
  return false;
}

std::vector<proto::ImageHash> DriverSession::images() const {
  std::vector<proto::ImageHash> images;
  for (const auto& function : functions_) {
    if (function) images.push_back(table_.at(function->id).image);
  }
  std::erase(images, proto::ImageHash{});  // of a task library
  std::ranges::sort(images);
  images.erase(std::unique(images.begin(), images.end()), images.end());
  return images;
}

FunctionRef DriverSession::function(std::uint32_t index) const {
  if (!defines(index)) {
    throw proto::DecodeError("a task refers to function " + std::to_string(index) + ", which was not defined before");
  }
  return *functions_[index];
}

bool DriverSession::reserve(std::uint64_t number) {
  if (number < record_.numbers_below) return false;
  record_.numbers_below = number + numbers_reserved;
  return true;
}

void DriverSession::report(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  if (kept_) return kept_->add(outcome, packet);
  outcomes_.add(channel_.get(), outcome, packet);
}

void DriverSession::restore(const proto::ReportedOutcome& outcome, const base::SharedBytes& content) {
  if (kept_) return kept_->restore(outcome, content);
  tasks_.skip(outcome.number);
  outcomes_.add(nullptr, outcome, content);
}

void DriverSession::acknowledge(const proto::AcknowledgeOutcomes& came, std::vector<std::uint64_t>* numbers) {
  if (kept_) return kept_->acknowledge(came);
  outcomes_.acknowledge(came, numbers);
}

void DriverSession::flush() {
  if (kept_) {
    if (!greeted_ || kept_->all_told()) return;
    tell_accepted();
    return kept_->tell(*channel_);
  }
  if (outcomes_.empty()) return;
  tell_accepted();
  outcomes_.flush(channel_.get());
}

void DriverSession::tell_accepted() {
  if (!greeted_) return;
  const proto::AcceptTasks now = accepted();
  if (std::exchange(accepted_told_, now) != now) channel_->send(now);
}

void DriverSession::image_settled() {
  awaits_image_ = false;
  has_image_ = true;
  tell_accepted();
}

}  // namespace blitzen::server
