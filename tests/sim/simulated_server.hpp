// A server that is started, killed and started again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "server/broker.hpp"
#include "simulated_loop.hpp"
#include "simulated_recorder.hpp"
#include "stage.hpp"
#include "tests/support/simulated_disk.hpp"

namespace blitzen::sim {

class SimulatedServer {
 public:
  SimulatedServer(Stage& stage, Random random);
  SimulatedServer(const SimulatedServer&) = delete;
  SimulatedServer& operator=(const SimulatedServer&) = delete;
  ~SimulatedServer();

  /// Comes up, or tries again a little later.
  void start();
  /// By kill -9, at this very moment. Its machine may go with it: then of what was written, only what was synced is
  /// sure to be there.
  void kill(bool with_its_machine);
  /// Ends in order, and keeps what it has in its journal.
  void pause();

  /// The next writes are torn by a loss of power, or refused.
  void spoil_disk();
  void mend_disk() { disk_.stop_failing(); }
  void slow_disk_down(core::Duration how_long);

  [[nodiscard]] bool is_up() const { return broker_ != nullptr; }
  /// What it thinks of itself holds.
  void check() const;
  /// Nothing is left to do.
  [[nodiscard]] bool is_idle() const { return broker_ && broker_->unsettled() == 0; }
  [[nodiscard]] std::uint64_t late_reports() const { return late_reports_ + (broker_ ? late_reports_now() : 0); }
  /// Ends in order, and looks what is left in its journal: drivers whose outcomes are all acknowledged leave nothing.
  void check_journal();

 private:
  [[nodiscard]] std::unique_ptr<journal::Store> open_journal();
  [[nodiscard]] std::uint64_t late_reports_now() const { return broker_->counters().stale_reports; }
  void begin();
  void failed();
  void end();

  Stage& stage_;
  Random random_;
  testing::SimulatedDisk disk_;
  std::optional<testing::SimulatedDisk::Fault> fault_;
  std::unique_ptr<SimulatedLoop> loop_;
  std::shared_ptr<server::Broker> broker_;
  SimulatedRecorder* recorder_ = nullptr;  ///< Its broker's.
  std::uint64_t late_reports_ = 0;
};

}  // namespace blitzen::sim
