// Where packets become events for the scheduler, and its actions become packets again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/shared_bytes.hpp"
#include "blitzen/detail/heap_forecast.hpp"
#include "core/scheduler.hpp"
#include "images/image_cache.hpp"
#include "images/image_worker.hpp"
#include "net/channel.hpp"
#include "proto/packets.hpp"
#include "server/client_session.hpp"
#include "server/condition_watch.hpp"
#include "server/driver_session.hpp"
#include "server/event_loop.hpp"
#include "server/function_table.hpp"
#include "server/image_desk.hpp"
#include "server/journal_desk.hpp"
#include "server/memory_budget.hpp"
#include "server/roster.hpp"

namespace blitzen::server {

/// More than one lab has; together with clients_max it bounds descriptors and memory for connections.
inline constexpr std::size_t drivers_max = 4096;
inline constexpr std::size_t clients_max = 20'000;

/// Slots one client may have: more than any machine has cores.
inline constexpr std::uint32_t slots_max = 4096;

/// Longer than clients usually take to come back to a server that was started again.
inline constexpr std::chrono::milliseconds client_patience_default{5000};

/// Batches smaller than this are copied out of the block they were read into, which they would keep in memory.
inline constexpr std::size_t copied_batch_bytes_max = 16 * 1024;

struct BrokerOptions {
  std::uint64_t task_limit = 10'000'000;                                   ///< Most unsettled tasks per driver.
  std::uint64_t memory_limit = std::numeric_limits<std::uint64_t>::max();  ///< For payloads that wait here, in bytes.
  std::chrono::nanoseconds timeout{0};                                     ///< For tasks that set none; zero: none.
  std::uint32_t revive_limit = core::unlimited;  ///< Timeouts one slot may have before its client is dropped.
  std::chrono::milliseconds client_patience = client_patience_default;  ///< Until drivers hear that no client is there.
  std::chrono::milliseconds driver_patience{30'000};                    ///< Until a lost driver's tasks are cancelled.
  std::chrono::milliseconds job_retention = std::chrono::hours{7 * 24};  ///< Until a job that no driver has is dropped.
  std::uint64_t job_bytes = 1ULL << 30U;  ///< Of a job's outcomes; with more, no further task of it is started.
  /// How long tasks of a journal wait for clients that execute them; and for more clients, once one has come.
  std::chrono::milliseconds claim_patience{5000};
  std::chrono::milliseconds claim_patience_for_others{500};
  images::WorkIn images_work_in = images::WorkIn::own_thread;
};

/// Works within one event loop. What peers say is applied as it arrives; at the end of the loop's turn queued tasks are
/// assigned and everything said to peers is sent, so that many small tasks share packets. Made with std::make_shared.
class Broker final : public net::ChannelListener, public std::enable_shared_from_this<Broker> {
 public:
  Broker(EventLoop& loop, const BrokerOptions& options, images::ImageCache cache);

  /// Goes on where an earlier life of the server ended, and keeps a journal of its own from then on. To be called
  /// before anybody is welcomed. `on_failed` is told when the journal cannot be kept any more. Throws journal::Error.
  void keep_journal(std::unique_ptr<journal::Store> store, JournalDesk::OnFailed on_failed,
                    const JournalDesk::StartRecorder& start_recorder = JournalDesk::start_writer);

  /// Ends its threads, so that nothing is posted to the loop any more. To be called after the loop has run for the last
  /// time, and before it is destroyed: what is left in the loop may keep the broker for longer.
  void stop();

  /// Takes on a driver or a client, or says Goodbye to it.
  void welcome(std::shared_ptr<net::Channel> channel);

  /// Sends what is due, says Goodbye{stopping} to everybody and calls `on_empty` once all are gone.
  void dismiss_all(const std::string& sentence, std::function<void()> on_empty);
  /// Closes every channel without a word.
  void abort_all();

  [[nodiscard]] const core::SchedulerCounters& counters() const { return scheduler_.counters(); }
  /// Accepted and not yet settled, all drivers.
  [[nodiscard]] std::uint64_t unsettled() const { return scheduler_.unsettled(); }
  /// Throws std::logic_error naming the first invariant that does not hold. O(everything): for tests.
  void check_invariants() const;

 private:
  class Restorer;

  void packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(net::Channel& channel) override;
  void peer_heard(net::Channel& channel) override;
  void queue_drained(net::Channel& channel) override;
  void channel_closed(net::Channel& channel, const net::CloseReason& reason) override;

  void turn_away(net::Channel& channel, proto::GoodbyeReason reason, const std::string& sentence);
  void admit_driver(std::shared_ptr<net::Channel> channel);
  /// On another channel; with another session it is another driver, which takes the job over.
  void resume(DriverSession& driver, std::shared_ptr<net::Channel> channel);
  /// The driver is away from now on.
  void part(DriverSession& driver);
  void keep_images_of(DriverSession& driver);
  [[nodiscard]] core::Duration patience_with(const DriverSession& driver) const;
  /// The channel of a driver is closed: keeps what may be asked for again, and ends the sentence about it.
  void leave(DriverSession& driver, const net::CloseReason& reason, std::string sentence);
  void forget(DriverSession& driver);
  void admit_client(std::shared_ptr<net::Channel> channel);
  void join_client(std::shared_ptr<net::Channel> channel);
  void lose_client(ClientSession& client);

  // What clients still had.
  void claim(net::Channel& channel, proto::PacketNumber number, const base::SharedBytes& body);
  [[nodiscard]] bool waits_for_claims() const;
  void end_claims();

  // Jobs.
  struct Refusal {
    proto::GoodbyeReason reason;
    std::string sentence;
  };
  [[nodiscard]] std::optional<Refusal> refusal_of_job(const proto::Hello& driver) const;
  void take_over(DriverSession& job, std::shared_ptr<net::Channel> channel);
  [[nodiscard]] std::string unfinished_business(const DriverSession& job) const;
  [[nodiscard]] std::string unfinished_jobs() const;
  void offer_image(DriverSession& driver, const proto::OfferImage& packet);
  void tell_of_missing_image(DriverSession& job, const proto::ImageHash& image) const;
  void tell_of_jobs_at_the_end() const;
  void forget_tasks(DriverSession& driver, const proto::ForgetTasks& packet);
  void tell_of_full_job(DriverSession& job, std::uint64_t bytes_max);
  void note_images();

  // Packets to events.
  void driver_says(DriverSession& driver, proto::PacketNumber number, const base::SharedBytes& body);
  void client_says(ClientSession& client, proto::PacketNumber number, const base::SharedBytes& body);
  void submit(DriverSession& driver, const base::SharedBytes& body);
  void submit(DriverSession& driver, const base::SharedBytes& body, const proto::SubmittedTask& task);
  /// All that has come is accepted, which is told soon or when it is safe.
  void accept(DriverSession& driver);
  void acknowledge(DriverSession& driver, const proto::AcknowledgeOutcomes& came);
  void cancel(DriverSession& driver, std::uint64_t number);
  [[nodiscard]] core::Duration timeout_of(std::uint64_t timeout_ns) const;
  void finish(core::ClientId client, const base::SharedBytes& body);
  void take_back(core::ClientId client, const base::SharedBytes& body);
  void record_death(ClientSession& client, const base::SharedBytes& body);
  void refuse(ClientSession& client, const base::SharedBytes& body);
  [[nodiscard]] bool lacks_image_for_now(const ClientSession& client, const DriverSession& driver,
                                         const StoredTask& task) const;
  void note_status(ClientSession& client, const base::SharedBytes& body);

  /// Applies the event and does what the scheduler then asks for.
  void happened(const core::Event& event);
  void carry_out_all();

  // Actions to packets.
  void carry_out(const core::RejectTask& action);
  void carry_out(const core::AssignTask& action);
  void carry_out(const core::RecallTasks& action);
  void carry_out(const core::CancelAttempt& action);
  void carry_out(const core::RecordDeath& action);
  void carry_out(const core::ReportOutcome& action);
  void carry_out(const core::DropClient& action);
  void carry_out(const core::DropDriver& action);

  [[nodiscard]] bool starts_once(const core::TaskId& task) const;
  void give(ClientSession& client, const Assignment& assignment);
  void send_assignment(ClientSession& client, const Assignment& assignment);
  void report_failure(DriverSession& driver, std::uint64_t number, proto::Outcome outcome,
                      const proto::Failure& failure);
  void report(DriverSession& driver, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  void tell(DriverSession& driver, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet);
  /// Of a task that was started in an earlier life of the server and must not be started twice.
  void settle_started(const core::TaskId& task);
  void now_safe(const JournalDesk::Safe& safe);
  [[nodiscard]] proto::Failure explain(DriverSession& driver, const core::ReportOutcome& action);

  /// Whether a driver waits for clients and was not told so since the last one came.
  [[nodiscard]] bool misses_clients() const;
  void tell_of_missing_clients();

  void note_queue_length();

  void end_turn_soon();
  void end_turn();

  // Who has to wait.
  void note_congestion(DriverSession& driver);
  void hold_drivers();
  void hold_reading();
  void excuse_silence();

  void arm_timer();

  EventLoop& loop_;
  BrokerOptions options_;
  core::Scheduler scheduler_;
  FunctionTable functions_;
  detail::HeapForecast heap_;
  MemoryBudget memory_;  ///< Outlives the drivers, whose payloads it counts.
  Roster<DriverSession> drivers_;
  std::map<proto::SessionId, core::DriverId> sessions_;  ///< Of drivers that may come back.
  std::map<std::string, core::DriverId> jobs_;           ///< By name.
  Roster<ClientSession> clients_;
  std::unordered_set<const net::Channel*> claiming_;  ///< Of clients that have yet to say what they claim.
  std::optional<core::TimePoint> claims_end_;         ///< While tasks of a journal wait for claims.
  std::vector<core::TaskId> may_have_started_;        ///< Must not be started again, unless they are claimed.
  ImageDesk images_;
  std::unique_ptr<JournalDesk> journal_;  ///< Null without one.
  /// Every channel that is not closed, also those that belong to no session any more.
  std::unordered_map<const net::Channel*, std::shared_ptr<net::Channel>> channels_;
  std::function<void()> on_empty_;
  std::uint32_t next_driver_ = 0;
  std::uint32_t next_client_ = 0;

  core::TimePoint now_{};
  core::Actions actions_;
  bool turn_ends_soon_ = false;
  bool reading_held_ = false;
  bool drivers_held_ = false;
  bool told_of_full_memory_ = false;
  std::unique_ptr<Timer> timer_;
  std::optional<core::TimePoint> timer_at_;
  std::optional<core::TimePoint> tell_accepted_at_;
  bool image_news_ = false;  ///< In this turn.
  ConditionWatch clients_missing_;
  ConditionWatch queue_drained_;
  std::size_t longest_queue_ = 0;  ///< Unsettled tasks at most, since memory was last given back.

  // What the packet being read says beside its event, for the actions that the event leads to.
  const proto::FinishedTask* finished_ = nullptr;
  const base::SharedBytes* finished_in_ = nullptr;  ///< While finished_ is there.
  proto::Obituary* obituary_ = nullptr;
  std::string lost_host_{};  ///< Of the client that was lost last.
};

}  // namespace blitzen::server
