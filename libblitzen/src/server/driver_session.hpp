// A driver, connected or away: its functions, its tasks' payloads, and what waits to be told to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "net/channel.hpp"
#include "proto/limits.hpp"
#include "proto/packets.hpp"
#include "server/function_table.hpp"
#include "server/outcome_queue.hpp"
#include "server/task_store.hpp"

namespace blitzen::server {

/// What a driver that was told to hold its tasks may have sent before it heard that: a task of any size, and what fits
/// into buffers on the way.
inline constexpr std::uint64_t held_bytes_max = proto::payload_bytes_max + 64ULL * 1024 * 1024;

class DriverSession {
 public:
  using Id = core::DriverId;

  /// What the driver's payloads take counts towards `budget`.
  DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions, MemoryBudget& budget);
  /// A driver of an earlier life of the server, which is away.
  DriverSession(Id id, const proto::SessionId& session, FunctionTable& functions, MemoryBudget& budget);
  DriverSession(const DriverSession&) = delete;
  DriverSession& operator=(const DriverSession&) = delete;
  /// Gives the functions it defined back to the table.
  ~DriverSession();

  [[nodiscard]] Id id() const { return id_; }
  /// All zeros for a driver that cannot come back.
  [[nodiscard]] const proto::SessionId& session() const { return session_; }
  /// Null while the driver is away.
  [[nodiscard]] net::Channel* channel() const { return channel_.get(); }
  [[nodiscard]] TaskStore& tasks() { return tasks_; }

  /// Its connection is lost.
  void part() { channel_.reset(); }
  /// It came back: says what need not be sent again, and what was not acknowledged.
  void resume(std::shared_ptr<net::Channel> channel);

  /// Saying the same again changes nothing, and returns false. Throws proto::DecodeError for an index that is too
  /// large, or in use for another function.
  bool define(const proto::Function& function);
  /// Throws proto::DecodeError for an index that was not defined.
  [[nodiscard]] FunctionRef function(std::uint32_t index) const;

  /// The outcome's content may be part of `packet`: it is then sent from there, if it is large.
  void report(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet = {}) {
    outcomes_.add(channel_.get(), outcome, packet);
  }
  /// As OutcomeQueue has it.
  void acknowledge(const proto::AcknowledgeOutcomes& came, std::vector<std::uint64_t>* numbers) {
    outcomes_.acknowledge(came, numbers);
  }
  [[nodiscard]] std::uint64_t unacknowledged_bytes() const { return outcomes_.bytes(); }
  /// Of arguments and outcomes that wait here.
  [[nodiscard]] std::uint64_t bytes() const { return tasks_.bytes() + outcomes_.bytes(); }

  /// Tells the driver whether it may send tasks.
  void hold_tasks(bool held);
  [[nodiscard]] bool holds_tasks() const { return tasks_held_; }
  /// Whether it goes on sending tasks as if it had not been told to hold them.
  [[nodiscard]] bool ignores_hold() const { return tasks_held_ && tasks_.bytes() > held_at_bytes_ + held_bytes_max; }
  /// Tells what came out, and with it what was accepted.
  void flush();
  void tell_accepted();

  /// Accepted is from now on only what is safe.
  void accept_when_safe() { safe_below_ = 0; }
  [[nodiscard]] bool accepts_when_safe() const { return safe_below_.has_value(); }
  void safe_below(std::uint64_t number) { safe_below_ = number; }

  bool wants_flush = false;
  bool congested = false;  ///< As the scheduler was told.
  /// How many clients had ever come when the driver was last told that none is connected.
  std::optional<std::uint32_t> told_after_clients;

 private:
  Id id_;
  proto::SessionId session_;
  std::shared_ptr<net::Channel> channel_;
  FunctionTable& table_;
  std::vector<std::optional<FunctionRef>> functions_;  ///< By the driver's index.
  TaskStore tasks_;
  OutcomeQueue outcomes_;
  [[nodiscard]] std::uint64_t accepted_below() { return safe_below_ ? *safe_below_ : tasks_.accepted_below(); }

  std::uint64_t accepted_told_ = 0;
  bool tasks_held_ = false;
  std::uint64_t held_at_bytes_ = 0;  ///< What its arguments took when it was told.
  std::optional<std::uint64_t> safe_below_;
  bool restored_ = false;  ///< And did not come back since: all that is there is safe.
};

}  // namespace blitzen::server
