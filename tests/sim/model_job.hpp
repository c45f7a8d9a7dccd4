// A job as the protocol has it, and the drivers that have it one after the other: each submits, is told what those
// before it left, forgets what it is done with, and goes.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/batch.hpp"
#include "stage.hpp"

namespace blitzen::sim {

class ModelJob final : public net::ChannelListener, public std::enable_shared_from_this<ModelJob> {
 public:
  ModelJob(Stage& stage, std::uint64_t index, Random random);

  void connect();
  void submit(std::uint64_t count);
  void forget_some();
  /// Its driver's connection is lost, and it comes back.
  void lose_connection(bool silently);
  /// Its driver ends, in order or not. After a while another one attaches.
  void change_driver(core::Duration pause);
  /// Another driver attaches while this one is there.
  void take_over();
  /// What it may do of its own accord ends here. It forgets every task that has an outcome.
  void calm_down();

  /// Every task had an outcome, and the server knows that nobody needs it any more.
  [[nodiscard]] bool is_satisfied() const;
  [[nodiscard]] Cable& cable() { return cable_; }
  [[nodiscard]] std::string complaint() const;

 private:
  struct Entry {
    TaskSpec spec;
    bool found = false;      ///< Of an earlier driver: only the server has it.
    bool accepted = false;   ///< By a server that should still have it.
    bool settled = false;    ///< This driver was told its outcome.
    bool forgotten = false;  ///< Nobody needs it.
    bool confirmed = false;  ///< The server said that it is forgotten for good.
  };

  void packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(net::Channel&) override {}
  void peer_heard(net::Channel&) override {}
  void channel_closed(net::Channel& channel, const net::CloseReason& reason) override;

  void connected(std::shared_ptr<End> channel);
  void lost();
  void begin_driver(bool attaches);
  void begin_job();
  [[nodiscard]] bool may_be_gone() const;
  [[nodiscard]] bool is_remembered(const proto::AcceptTasks& packet) const;
  [[nodiscard]] std::uint64_t first_unsettled() const;

  void told(const proto::JobState& state);
  void accepted(const proto::AcceptTasks& packet);
  void welcomed(const proto::AcceptTasks& packet);
  /// What was accepted and not forgotten must be there, and what is there must have been submitted.
  void compare(bool remembered) const;
  void adopt();
  void resume(const proto::AcceptTasks& packet, bool remembered);
  void take_outcomes(const base::SharedBytes& body);
  void forget(std::uint64_t number);

  void on_this_connection(core::Duration delay, void (ModelJob::*what)());
  void send_soon();
  void send_pending();
  void send_forgotten();
  void send_tasks();
  void acknowledge();

  Stage& stage_;
  Random random_;
  Cable cable_;
  std::string name_;
  std::uint64_t key_;  ///< What its tasks' driver is in the history.
  std::uint64_t submitted_ = 0;
  proto::SessionId session_;
  bool attaches_ = false;
  std::shared_ptr<End> channel_;
  std::shared_ptr<End> lost_channel_;  ///< The one before.
  std::uint64_t connection_ = 0;
  bool connecting_ = false;
  bool welcomed_ = false;
  bool held_ = false;
  bool calm_ = false;
  core::TimePoint not_before_{};
  std::uint64_t epoch_ = 0;
  std::uint64_t memory_ = 0;
  std::uint64_t greeted_epoch_ = 0;  ///< Of any driver of the job.
  bool may_be_dropped_ = false;      ///< Nobody had it for longer than the server keeps it.

  std::map<std::uint64_t, Entry> entries_;
  std::uint64_t next_number_ = 0;
  std::uint64_t next_to_send_ = 0;
  std::uint64_t accepted_below_ = 0;
  std::set<std::uint64_t> told_;  ///< What the server has, as it says before the greeting.
  std::uint64_t told_next_ = 0;
  std::vector<std::uint64_t> forgotten_;  ///< To be told.
  std::uint64_t sequence_ = 0;
  std::vector<proto::ForgetTasks> unconfirmed_;
  bool send_due_ = false;
  bool acknowledgement_due_ = false;
  proto::AcknowledgeOutcomes came_;
};

}  // namespace blitzen::sim
