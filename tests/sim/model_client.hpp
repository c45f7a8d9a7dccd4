// A client as the protocol has it: executes, hands back, refuses, reports deaths and timeouts, and claims what it has
// when it lost its connection and has another one.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "proto/batch.hpp"
#include "stage.hpp"

namespace blitzen::sim {

class ModelClient final : public net::ChannelListener, public std::enable_shared_from_this<ModelClient> {
 public:
  /// One that is able runs every function, ends what has timed out, and says nothing that is over.
  ModelClient(Stage& stage, std::uint64_t index, Random random, bool is_able);

  void connect();
  /// Its connection is lost, or the whole client: with whatever it executes.
  void lose_connection(bool silently);
  /// Finishes what it executes, hands back the rest, and leaves.
  void drain();
  /// Says something that is over.
  void lie();
  /// From now on it does only what it must.
  void calm_down();

  [[nodiscard]] bool has_left() const { return draining_ && !channel_; }
  [[nodiscard]] bool is_idle() const { return channel_ && waiting_.empty() && running_.empty(); }
  [[nodiscard]] Cable& cable() { return cable_; }
  [[nodiscard]] std::string complaint() const;

 private:
  struct Attempt {
    proto::AttemptId id{};
    std::uint32_t function = 0;
    Arguments arguments{};
    std::uint64_t timeout_ns = 0;
  };
  struct Running {
    Attempt attempt;
    core::TimePoint since{};
    std::uint32_t slot = 0;
  };

  /// What ended while there was no connection.
  struct Left {
    std::uint64_t execution = 0;
    Running running;
    std::optional<proto::Finish> finish;  ///< Empty: its worker died.
  };

  void packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) override;
  void batch_ended(net::Channel&) override { start_some(); }
  void peer_heard(net::Channel&) override {}
  void channel_closed(net::Channel& channel, const net::CloseReason& reason) override;

  void connected(std::shared_ptr<End> channel);
  void claim();
  void give_up();
  void lost();
  void define(const base::SharedBytes& body);
  void assign(const base::SharedBytes& body);
  void recall(std::uint32_t count);
  void hand_back(const Attempt& attempt, proto::ReturnTasks& packet);
  void cancel(const base::SharedBytes& body);

  void start_some();
  [[nodiscard]] std::optional<std::uint32_t> free_slot() const;
  void start(const Attempt& attempt, std::uint32_t slot);
  void ended(std::uint64_t execution);
  void timed_out(std::uint64_t execution);
  [[nodiscard]] Running take(std::uint64_t execution);
  void report(std::uint64_t execution, const Running& running, proto::Finish finish, bool is_stale = false);
  void report_death(std::uint64_t execution, const proto::AttemptId& attempt);
  void flush_later();
  void flush();
  void send_status();
  void send_status_regularly();
  void leave_if_done();

  Stage& stage_;
  std::uint64_t index_;
  Random random_;
  bool able_;
  bool negligent_;
  Cable cable_;
  std::uint32_t slots_;
  std::set<std::uint32_t> refused_;  ///< Functions it cannot run.
  std::shared_ptr<End> channel_;
  std::uint64_t connection_ = 0;
  bool connecting_ = false;
  bool draining_ = false;
  bool calm_ = false;

  std::map<std::uint32_t, std::uint32_t> functions_;  ///< What the server calls them, in this connection.
  std::deque<Attempt> waiting_;
  std::map<std::uint64_t, Running> running_;  ///< By execution.
  proto::BatchWriter<proto::FinishTasks> finished_;
  bool flush_due_ = false;
  bool claims_;              ///< Otherwise it gives up everything when its connection is lost.
  bool owes_claim_ = false;  ///< It said on its connection that it would.
  std::vector<Left> left_;
  std::uint64_t epoch_ = 0;
  std::vector<Attempt> past_;  ///< What is over, of this life of the server.
};

}  // namespace blitzen::sim
