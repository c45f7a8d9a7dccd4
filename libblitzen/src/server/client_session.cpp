#include "server/client_session.hpp"

#include <algorithm>
#include <utility>

namespace blitzen::server {

ClientSession::ClientSession(Id id, std::shared_ptr<net::Channel> channel) : id_(id), channel_(std::move(channel)) {}

bool ClientSession::knows(FunctionId function) const {
  const auto index = static_cast<std::size_t>(function);
  return index < known_.size() && known_[index];
}

void ClientSession::define(const proto::Function& function) {
  if (known_.size() <= function.index) known_.resize(function.index + 1);
  known_[function.index] = true;
  channel_->send(proto::DefineFunctions{{function}});
}

bool ClientSession::has_room() const { return channel_->unsent_bytes() < client_unsent_bytes_max; }

std::optional<Assignment> ClientSession::release() {
  if (held_.empty() || !has_room()) return std::nullopt;
  const Assignment oldest = held_.front();
  held_.pop_front();
  return oldest;
}

std::optional<Assignment> ClientSession::take_back() {
  if (held_.empty()) return std::nullopt;
  const Assignment youngest = held_.back();
  held_.pop_back();
  return youngest;
}

bool ClientSession::withdraw(const Assignment& assignment) {
  const auto found = std::find(held_.begin(), held_.end(), assignment);
  if (found == held_.end()) return false;
  held_.erase(found);
  return true;
}

/// What was assigned goes first, so that the client knows what it cancels.
void ClientSession::cancel(const proto::AttemptId& attempt) {
  assigned_.flush(*channel_);
  cancelled_.add(*channel_, attempt);
}

void ClientSession::recall(std::uint32_t count) { channel_->send(proto::RecallTasks{count}); }

void ClientSession::flush() {
  assigned_.flush(*channel_);
  cancelled_.flush(*channel_);
}

}  // namespace blitzen::server
