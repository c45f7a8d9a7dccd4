// A connected driver: its functions, its tasks' payloads, and what waits to be told to it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "net/channel.hpp"
#include "proto/packets.hpp"
#include "server/function_table.hpp"
#include "server/outbox.hpp"
#include "server/task_store.hpp"

namespace blitzen::server {

class DriverSession {
 public:
  using Id = core::DriverId;

  DriverSession(Id id, std::shared_ptr<net::Channel> channel, FunctionTable& functions);
  DriverSession(const DriverSession&) = delete;
  DriverSession& operator=(const DriverSession&) = delete;
  /// Gives the functions it defined back to the table.
  ~DriverSession();

  [[nodiscard]] Id id() const { return id_; }
  [[nodiscard]] net::Channel& channel() const { return *channel_; }
  [[nodiscard]] TaskStore& tasks() { return tasks_; }

  /// Throws proto::DecodeError for an index that is too large or in use.
  void define(const proto::Function& function);
  /// Throws proto::DecodeError for an index that was not defined.
  [[nodiscard]] FunctionRef function(std::uint32_t index) const;

  /// These many more tasks are in the server's memory.
  void accept(std::uint64_t count) { accepted_ += count; }
  /// The outcome's content may be part of `packet`: it is then sent from there, if it is large.
  void report(const proto::ReportedOutcome& outcome, const base::SharedBytes& packet = {}) {
    outcomes_.add(*channel_, outcome, packet);
  }
  /// Tells what came out, and with it what was accepted.
  void flush();
  void tell_accepted();

  bool wants_flush = false;
  /// How many clients had ever come when the driver was last told that none is connected.
  std::optional<std::uint32_t> told_after_clients;

 private:
  Id id_;
  std::shared_ptr<net::Channel> channel_;
  FunctionTable& table_;
  std::vector<std::optional<FunctionRef>> functions_;  ///< By the driver's index.
  TaskStore tasks_;
  Outbox<proto::ReportOutcomes> outcomes_;
  std::uint64_t accepted_ = 0;
  std::uint64_t accepted_told_ = 0;
};

}  // namespace blitzen::server
