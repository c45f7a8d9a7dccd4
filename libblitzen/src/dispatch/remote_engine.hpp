// The engine of DistributedDispatcher: a connection to a server.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "blitzen/distributed_dispatcher.hpp"
#include "dispatch/common_engine.hpp"
#include "dispatch/led_loop.hpp"
#include "net/channel.hpp"
#include "net/connector.hpp"
#include "proto/batch.hpp"

namespace blitzen::dispatch {

/// Calls enter tasks in the ledger; whoever leads the loop sends them in batches, in order, and writes outcomes into
/// the ledger as they arrive. A thread that waits for an outcome leads; run() does it just to send, when a batch is
/// full or the last one is a while ago. Packets are read and written here and nowhere else.
class RemoteEngine final : public CommonEngine {
 public:
  /// `attach`: the options' job is there already, and is taken over.
  explicit RemoteEngine(const DistributedOptions& options, bool attach = false);
  ~RemoteEngine() override;

  /// Has an effect until the first task or wait_until_connected() starts to connect.
  void use_port(std::uint16_t port);
  /// Waits until the server can be used; throws why it cannot.
  void wait_until_connected();
  /// The tasks that were found when this engine attached and were not cleared, ascending.
  [[nodiscard]] std::vector<std::uint64_t> found_tasks() const;

  void release(std::span<const std::uint64_t> numbers) override;
  /// Leaves a job's tasks and outcomes to the server.
  void shutdown() override;

 private:
  class Session;
  using Clock = std::chrono::steady_clock;

  void task_added(Lock& lock, std::uint64_t number) override;
  void tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) override;
  void outcomes_dropped(Lock& lock, std::span<const std::uint64_t> numbers) override;
  bool goes_on_without() const override { return !job_.empty(); }
  bool work_until(Lock& lock, const std::function<bool()>& done) override;
  void sleep_until(Lock& lock, std::condition_variable& changed, const std::function<bool()>& done) override;

  // remote_job.cpp:
  void job_told(const base::SharedBytes& body);
  void adopt_job();
  void settle_what_the_job_lost();
  void send_forgotten();
  void confirm_forgotten(std::uint64_t sequence);
  /// A job goes on without this process: waits until the server has what it needs for that.
  void hand_over();
  /// All that the server must have of the tasks with lower numbers than `end` is there.
  [[nodiscard]] bool is_handed_over(std::uint64_t end) const;
  /// Grows with whatever the server takes.
  [[nodiscard]] std::uint64_t handed_over() const;
  /// Ends hand_over() when nothing more than `before` is taken within leave_patience. Called by the thread that leads.
  void watch_hand_over(std::uint64_t before);
  void tell_what_was_not_handed_over() const;

  void start_connecting(Lock& lock);
  void connect();
  void find_key();
  void cannot_connect(const Error& error);
  void retrying(const std::string& sentence);
  void connected(std::shared_ptr<net::Channel> channel);
  /// The server said which tasks need not be sent (again).
  void welcomed(Lock& lock, const proto::AcceptTasks& accepted);
  /// Whether the server still has what it accepted on earlier connections.
  [[nodiscard]] bool is_remembered(const proto::AcceptTasks& accepted) const;
  void settle_what_may_have_started(Lock& lock, std::uint64_t accepted_below);
  void disconnected(const net::CloseReason& reason);
  /// The unsettled tasks get no outcome from the server any more.
  void give_up(Lock& lock, ErrorCode code, const std::string& sentence);
  /// Whatever a handler throws ends the connection, and with it this dispatcher, but not the program.
  void broke(Lock& lock, const std::exception_ptr& thrown) noexcept;

  [[nodiscard]] bool worth_sending();
  /// Writes what is pending. Releases the lock meanwhile.
  void send_pending(Lock& lock);
  /// Hands what is pending to the channel.
  void queue_pending(Lock& lock);
  void send_new_functions(Lock& lock);
  void send_new_tasks(Lock& lock);
  [[nodiscard]] bool may_send() const;
  void send_batch();
  void send_cancellations(std::span<const std::uint64_t> numbers);
  /// Tells the server that this task was cleared before its turn to be sent came.
  void skip(std::uint64_t number);
  void send_skipped();
  void send_image(const proto::ImageHash& hash);
  void accepted(const base::SharedBytes& body);
  void hold_tasks(bool held);
  void take_outcomes(const base::SharedBytes& body);
  void acknowledge(Lock& lock);
  void outcomes_taken();

  std::filesystem::path key_file_;
  bool insecure_;
  std::string job_;  ///< Empty: none.
  bool attaches_;    ///< And has not found the job yet.
  std::chrono::milliseconds reconnect_patience_;
  std::chrono::milliseconds leave_patience_;
  net::ConnectorOptions connector_options_;
  bool started_ = false;
  bool connected_ = false;
  bool welcomed_ = false;              ///< Since when tasks may be sent.
  std::optional<std::string> lost_{};  ///< How the last connection was lost, while there is no new one.
  std::uint64_t epoch_ = 0;            ///< The life of the server that was last connected to.
  std::uint64_t memory_ = 0;           ///< What that remembers of this driver, by its number.
  bool held_ = false;                  ///< The server wants no further tasks for now.
  bool congested_ = false;             ///< The channel or the server has enough for now; more is sent when it has less.
  std::size_t pending_bytes_ = 0;      ///< Of arguments added since the last batch.
  std::size_t pending_tasks_ = 0;
  Clock::time_point last_sent_{};
  std::uint64_t next_to_send_ = 0;
  std::uint64_t at_server_ = 0;      ///< Tasks that were sent, have no outcome and were not cleared.
  std::uint64_t at_server_max_ = 0;  ///< More of them the server would refuse.
  std::uint32_t functions_sent_ = 0;
  std::vector<std::uint64_t> abandoned_;  ///< Sent, then cleared: to be cancelled.
  std::set<std::uint64_t> cancelling_;    ///< Sent, then cleared: the server did not say yet that they ended.
  std::vector<std::uint64_t> skipped_;    ///< Cleared and never sent, within send_new_tasks().
  proto::AcknowledgeOutcomes came_;       ///< What is to be acknowledged.
  std::size_t came_bytes_ = 0;            ///< Since the last time.
  std::condition_variable connection_changed_;

  // Of a job:
  proto::JobState told_;                  ///< What the server has of it, while it tells.
  std::uint64_t found_count_ = 0;         ///< Tasks in told_.
  std::uint64_t accepted_below_ = 0;      ///< The server has the tasks with lower numbers.
  bool image_there_ = false;              ///< And has this program.
  std::vector<std::uint64_t> forgotten_;  ///< To be told to the server: nobody needs these tasks any more.
  std::uint64_t forgotten_sequence_ = 0;
  std::deque<proto::ForgetTasks> unconfirmed_;  ///< Was told to the server, which may lose it.
  bool out_of_patience_ = false;                ///< With a server that takes nothing more.

  LedLoop loop_;
  // Used by the thread that leads only.
  std::optional<asio::steady_timer> leaving_;
  std::unique_ptr<net::Connector> connector_;
  unsigned failed_attempts_ = 0;
  std::shared_ptr<net::Channel> channel_;
  std::shared_ptr<Session> session_;
  proto::BatchWriter<proto::SubmitTasks> batch_;
};

}  // namespace blitzen::dispatch
