// Between the server and the pool: the only place where packets become pool calls, and pool news become packets.
#pragma once

#include <asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/output_writer.hpp"
#include "client/function_table.hpp"
#include "client/held_task.hpp"
#include "client/image_shelf.hpp"
#include "client/left_results.hpp"
#include "client/pool_pump.hpp"
#include "net/channel.hpp"
#include "pool/pool.hpp"
#include "proto/batch.hpp"

namespace blitzen::client {

struct AgentOptions {
  pool::PoolOptions pool;
  std::vector<std::string> libraries;  ///< Task libraries, by absolute path.
  bool shipped_code = true;
  std::string host;          ///< Where workers die.
  std::string architecture;  ///< As in proto::Hello.
};

/// Told what the agent cannot decide.
class AgentObserver {
 public:
  virtual ~AgentObserver() = default;
  virtual void connection_lost(const net::CloseReason& reason) = 0;
  /// After drain(): nothing is left to do and the server was told everything. Called once.
  virtual void drained() = 0;
};

/// What became of the tasks, for the log.
struct AgentTotals {
  std::uint64_t finished = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t worker_deaths = 0;
  std::uint64_t abandoned = 0;  ///< Because their connection was lost.
};

/// Lives on one event loop; make it with std::make_shared, because channels refer to it weakly.
class Agent final : public net::ChannelListener, public pool::PoolListener, public std::enable_shared_from_this<Agent> {
 public:
  /// Throws Error when the pool cannot be made. `observer` must outlive the agent.
  Agent(asio::io_context& io, AgentOptions options, images::ImageCache cache, AgentObserver& observer);

  /// Serves this connection from now on. The agent must have none. What is left of the last one is claimed, if the
  /// server still knows of it; otherwise it is ended first.
  /// `claims` is what its Hello said.
  void attach(std::shared_ptr<net::Channel> channel, bool claims);
  /// Whether something is left of a lost connection. The next one's Hello must say so.
  [[nodiscard]] bool has_claims() const { return pool_.unsettled() > 0 || !left_.empty(); }
  /// Tells the server what executes now.
  void send_status();
  /// Takes no more tasks, hands back those that have not started, and finishes the others.
  void drain();
  /// Ends every worker: SIGTERM, SIGKILL after `grace`. The agent is of no use afterwards.
  void end_workers(pool::Duration grace);

  [[nodiscard]] const AgentTotals& totals() const { return totals_; }

  // net::ChannelListener
  void packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(net::Channel& channel) override;
  void peer_heard(net::Channel&) override {}
  void queue_drained(net::Channel& channel) override;
  void channel_closed(net::Channel& channel, const net::CloseReason& reason) override;

  // pool::PoolListener
  void task_finished(pool::Tag tag, pool::FinishKind kind, pool::Duration ran, std::uint32_t slot,
                     std::span<const std::byte> content) override;
  void result_lost(pool::Tag tag, pool::Duration ran, std::uint32_t slot, std::uint64_t bytes) override;
  void task_timed_out(pool::Tag tag, pool::Duration timeout, pool::Duration ran, std::uint32_t slot) override;
  void image_failed(pool::ImageId image, std::string_view sentence) override;
  void task_refused(pool::Tag tag, std::string_view reason) override;
  void task_returned(pool::Tag tag) override;
  void worker_died(pool::Tag tag, const pool::Obituary& obituary) override;
  void idle_worker_died(const pool::Obituary& obituary) override;
  void output_line(pool::OutputStream stream, std::string_view line) override;

 private:
  // Packets.
  void define(std::span<const std::byte> body);
  void assign(const base::SharedBytes& body);
  void recall(std::span<const std::byte> body);
  void cancel(std::span<const std::byte> body);
  void receive_image(const base::SharedBytes& body);

  // Where a task runs.
  void place(HeldTask task);
  void run_in_library(HeldTask task);
  void run_in_image(HeldTask task);
  /// Goes on with the tasks that wait for it.
  void image_found(ShelvedImage& image);
  void image_not_had(ShelvedImage& image);
  void submit_to_image(ShelvedImage& image, HeldTask task);
  void submit(pool::ImageId image, HeldTask task);
  void settle_trial(pool::Tag tag);

  // What is left of a lost connection.
  void park_tasks();
  void claim_tasks();
  void abandon_tasks();

  // What the server is told.
  void finish(proto::FinishedTask task);
  [[nodiscard]] std::span<const std::byte> encode(const proto::Failure& failure);
  void refuse(pool::Tag tag, std::string_view reason);
  void give_back(pool::Tag tag);
  template <class Packet>
  void send_batch(proto::BatchWriter<Packet>& batch);
  void flush();

  /// The image is ready or absent.
  void image_news(const proto::ImageHash& hash, ShelvedImage& image);

  void turn();
  void tell_if_drained();
  void return_unstarted(std::size_t count);

  AgentOptions options_;
  AgentObserver& observer_;
  std::shared_ptr<net::Channel> channel_;  ///< Null while there is no server.
  base::OutputWriter out_;
  base::OutputWriter err_;
  FunctionTable functions_;
  LeftResults left_;
  std::uint64_t epoch_ = 0;  ///< Of the server that was last connected to.
  bool abandoning_ = false;  ///< The server hears that nothing is claimed once nothing is left.
  ImageShelf images_;
  /// Tasks of functions of which it is not known yet whether the task libraries have them.
  std::unordered_map<pool::Tag, HeldTask, TagHash> trials_;
  std::vector<HeldTask> refused_by_library_;
  proto::BatchWriter<proto::FinishTasks> finished_;
  proto::BatchWriter<proto::ReturnTasks> returned_;
  std::vector<std::byte> failure_;  ///< What encode() shows.
  AgentTotals totals_;
  bool congested_ = false;  ///< The pool rests until the server has taken what is queued for it.
  bool draining_ = false;
  bool drained_ = false;
  bool ended_ = false;
  pool::Pool pool_;
  PoolPump pump_;
};

}  // namespace blitzen::client
