#include "server/driver_session.hpp"

#include <utility>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {

DriverSession::DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions,
                             MemoryBudget& budget)
    : id_(id),
      session_(channel->peer().session),
      channel_(std::move(channel)),
      table_(functions),
      tasks_(channel_->peer().first_task, &budget),
      outcomes_(&budget) {
  if (session_ != proto::SessionId{}) channel_->send(proto::AcceptTasks{tasks_.accepted_below()});
}

DriverSession::~DriverSession() {
  for (const auto& function : functions_) {
    if (function) table_.release(function->id);
  }
}

DriverSession::DriverSession(Id id, const proto::SessionId& session, FunctionTable& functions, MemoryBudget& budget)
    : id_(id), session_(session), table_(functions), tasks_(0, &budget), outcomes_(&budget), restored_(true) {}

void DriverSession::resume(std::shared_ptr<net::Channel> channel) {
  channel_ = std::move(channel);
  tasks_.skip_below(channel_->peer().first_task);
  if (std::exchange(restored_, false)) safe_below_ = tasks_.accepted_below();
  accepted_told_ = accepted_below();
  channel_->send(proto::AcceptTasks{accepted_told_});
  if (tasks_held_) hold_tasks(true);
  outcomes_.flush(nullptr);
  outcomes_.send_again(*channel_);
}

void DriverSession::hold_tasks(bool held) {
  tasks_held_ = held;
  held_at_bytes_ = tasks_.bytes();
  if (channel_ != nullptr) channel_->send(proto::HoldTasks{held});
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

FunctionRef DriverSession::function(std::uint32_t index) const {
  if (index >= functions_.size() || !functions_[index]) {
    throw proto::DecodeError("a task refers to function " + std::to_string(index) + ", which was not defined before");
  }
  return *functions_[index];
}

void DriverSession::flush() {
  if (outcomes_.empty()) return;
  tell_accepted();
  outcomes_.flush(channel_.get());
}

void DriverSession::tell_accepted() {
  if (channel_ == nullptr) return;
  const std::uint64_t accepted = accepted_below();
  if (std::exchange(accepted_told_, accepted) != accepted) channel_->send(proto::AcceptTasks{accepted});
}

}  // namespace blitzen::server
