#include "server/driver_session.hpp"

#include <utility>

#include "blitzen/proto/archive.hpp"
#include "proto/limits.hpp"

namespace blitzen::server {

DriverSession::DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions)
    : id_(id), channel_(std::move(channel)), table_(functions) {}

DriverSession::~DriverSession() {
  for (const auto& function : functions_) {
    if (function) table_.release(function->id);
  }
}

void DriverSession::define(const proto::Function& function) {
  if (function.index >= proto::functions_max) {
    throw proto::DecodeError("a driver may define at most " + std::to_string(proto::functions_max) + " functions");
  }
  if (functions_.size() <= function.index) functions_.resize(function.index + 1);
  std::optional<FunctionRef>& entry = functions_[function.index];
  if (entry) throw proto::DecodeError("function " + std::to_string(function.index) + " was defined twice");
  entry = table_.acquire(function);
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
  outcomes_.flush(*channel_);
}

void DriverSession::tell_accepted() {
  if (std::exchange(accepted_told_, accepted_) == accepted_) return;
  channel_->send(proto::AcceptTasks{accepted_});
}

}  // namespace blitzen::server
