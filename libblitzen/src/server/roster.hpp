// The sessions of one role: found by id or by channel, and flushed once per turn.
#pragma once

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/channel.hpp"

namespace blitzen::server {

/// `Session` has an `Id`, id(), channel(), which may be null, flush() and a flag `wants_flush` that is the roster's
/// own.
template <class Session>
class Roster {
 public:
  using Id = typename Session::Id;

  Session& add(std::unique_ptr<Session> session) {
    Session& added = *session;
    by_channel_.emplace(added.channel(), &added);
    by_id_.emplace(added.id(), std::move(session));
    return added;
  }

  /// Ends the session object too.
  void remove(Session& session) {
    std::erase(unflushed_, &session);
    detach(session);
    by_id_.erase(session.id());
  }

  /// The session has no channel from now on, or another one.
  void detach(Session& session) { by_channel_.erase(session.channel()); }
  void attach(Session& session) { by_channel_.emplace(session.channel(), &session); }

  [[nodiscard]] Session* find(Id id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second.get();
  }
  [[nodiscard]] Session* find(const net::Channel& channel) const {
    const auto found = by_channel_.find(&channel);
    return found == by_channel_.end() ? nullptr : found->second;
  }
  [[nodiscard]] std::size_t size() const { return by_id_.size(); }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, session] : by_id_) visit(*session);
  }

  /// Remembers that the session has something to send. Cheap to repeat.
  void flush_later(Session& session) {
    if (!std::exchange(session.wants_flush, true)) unflushed_.push_back(&session);
  }
  /// Writes at once what the sessions have to send.
  void flush() {
    std::swap(unflushed_, flushing_);
    for (Session* session : flushing_) {
      session->wants_flush = false;
      if (session->channel() != nullptr) session->channel()->hold();
      session->flush();
    }
    // A channel that has written all may want more, which is for a later flush.
    for (Session* session : flushing_) {
      if (session->channel() != nullptr) session->channel()->flush();
    }
    flushing_.clear();
  }

 private:
  std::unordered_map<Id, std::unique_ptr<Session>> by_id_;
  std::unordered_map<const net::Channel*, Session*> by_channel_;
  std::vector<Session*> unflushed_;
  std::vector<Session*> flushing_;  ///< Empty but during flush().
};

}  // namespace blitzen::server
