// A connected client: which functions it knows, and what waits to be sent to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "core/ids.hpp"
#include "net/channel.hpp"
#include "proto/packets.hpp"
#include "server/function_table.hpp"
#include "server/outbox.hpp"

namespace blitzen::server {

/// A client with more than this still to be sent gets no further payloads for now. Bounds what slow links cost in
/// memory.
inline constexpr std::size_t client_unsent_bytes_max = 64 * 1024 * 1024;

/// An attempt the scheduler gave to a client.
struct Assignment {
  core::TaskId task;
  core::Attempt attempt = 0;
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

class ClientSession {
 public:
  using Id = core::ClientId;

  ClientSession(Id id, std::shared_ptr<net::Channel> channel);
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;

  [[nodiscard]] Id id() const { return id_; }
  [[nodiscard]] net::Channel* channel() const { return channel_.get(); }

  [[nodiscard]] bool knows(FunctionId function) const;
  /// Sent at once, and so before the tasks that need it.
  void define(const proto::Function& function);

  /// Whether payloads may be sent now. Assignments are held until then.
  [[nodiscard]] bool has_room() const;
  void hold(const Assignment& assignment) { held_.push_back(assignment); }
  [[nodiscard]] bool holds() const { return !held_.empty(); }
  /// The oldest held assignment, which is then no longer held; empty if there is none or no room.
  [[nodiscard]] std::optional<Assignment> release();
  /// The youngest held assignment, which is then no longer held.
  [[nodiscard]] std::optional<Assignment> take_back();
  /// True if the assignment was held, and is no longer.
  bool withdraw(const Assignment& assignment);

  /// `arguments` are the task's, which are sent from there if they are large.
  void assign(const proto::AssignedTask& task, const base::SharedBytes& arguments) {
    assigned_.add(*channel_, task, arguments);
  }
  void cancel(const proto::AttemptId& attempt);
  void recall(std::uint32_t count);
  void flush();

  bool wants_flush = false;

 private:
  Id id_;
  std::shared_ptr<net::Channel> channel_;
  std::vector<bool> known_;  ///< By FunctionId.
  std::deque<Assignment> held_;
  Outbox<proto::AssignTasks> assigned_;
  Outbox<proto::CancelAttempts> cancelled_;
};

}  // namespace blitzen::server
