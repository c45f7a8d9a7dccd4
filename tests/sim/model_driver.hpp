// A driver as the protocol has it: submits, acknowledges, cancels, loses its connection and comes back.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "proto/batch.hpp"
#include "stage.hpp"

namespace blitzen::sim {

class ModelDriver final : public net::ChannelListener, public std::enable_shared_from_this<ModelDriver> {
 public:
  ModelDriver(Stage& stage, std::uint64_t index, Random random);

  void connect();
  void submit(std::uint64_t count);
  void cancel_some();
  /// Its connection is lost; the server need not see it at once.
  void lose_connection(bool silently);
  /// The same, and it comes back only after a while.
  void go_away(core::Duration pause);
  /// Ends in order: nobody wants its tasks any more.
  void leave();
  /// What it may do of its own accord ends here.
  void calm_down();

  [[nodiscard]] bool has_left() const { return leaving_; }
  /// Every task has an outcome, and the server knows that it has.
  [[nodiscard]] bool is_satisfied() const;
  [[nodiscard]] Cable& cable() { return cable_; }
  /// What it waits for.
  [[nodiscard]] std::string complaint() const;

 private:
  struct Entry {
    TaskSpec spec;
    bool settled = false;
  };

  void packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(net::Channel&) override {}
  void peer_heard(net::Channel&) override {}
  void channel_closed(net::Channel& channel, const net::CloseReason& reason) override;

  void connected(std::shared_ptr<End> channel);
  void lost();
  void accepted(const proto::AcceptTasks& packet);
  void welcomed(const proto::AcceptTasks& packet);
  /// Whether the server still has what it accepted.
  [[nodiscard]] bool is_remembered(const proto::AcceptTasks& packet) const;
  void check_forgetting(std::uint64_t epoch) const;
  void give_up_what_may_have_started(std::uint64_t below);
  void hold(bool held);
  void take_outcomes(const base::SharedBytes& body);
  void settle(std::uint64_t number);
  [[nodiscard]] std::uint64_t first_unsettled() const;
  [[nodiscard]] std::uint64_t at_server() const;
  void cancel(std::uint64_t number);

  /// Calls it after the delay, unless the connection is another one by then.
  void on_this_connection(core::Duration delay, void (ModelDriver::*what)());
  void send_soon();
  void send_pending();
  void send_functions();
  void send_tasks();
  void acknowledge_later();
  void acknowledge();

  Stage& stage_;
  std::uint64_t index_;
  Random random_;
  Cable cable_;
  proto::SessionId session_;
  std::shared_ptr<End> channel_;
  std::shared_ptr<End> lost_channel_;  ///< The one before.
  bool may_be_forgotten_ = false;      ///< It was away for longer than the server has patience.
  bool held_ = false;                  ///< Sends no tasks.
  std::uint64_t connection_ = 0;       ///< How many there were.
  bool connecting_ = false;
  bool welcomed_ = false;
  bool leaving_ = false;
  bool calm_ = false;
  core::TimePoint not_before_{};  ///< It stays away until then.
  std::uint64_t epoch_ = 0;
  std::uint64_t memory_ = 0;

  std::vector<Entry> entries_;
  std::uint64_t next_to_send_ = 0;
  std::uint64_t accepted_below_ = 0;      ///< By any life of the server that has a journal, or by this one.
  std::uint64_t told_below_ = 0;          ///< By this life of the server, which knows less of what was acknowledged.
  std::set<std::uint64_t> cancels_;       ///< To be told, in this connection or again in the next.
  std::set<std::uint64_t> told_cancels_;  ///< In this connection.
  std::uint32_t functions_sent_ = 0;
  bool send_due_ = false;
  bool acknowledgement_due_ = false;
  bool owes_acknowledgement_ = false;
  proto::AcknowledgeOutcomes came_;
};

}  // namespace blitzen::sim
