// A cluster in which everything that can go wrong does, until it stops.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model_client.hpp"
#include "model_driver.hpp"
#include "model_job.hpp"
#include "simulated_server.hpp"
#include "stage.hpp"

namespace blitzen::sim {

class World {
 public:
  /// One that narrates says in the log what happens.
  explicit World(std::uint64_t seed, bool narrates = false);

  /// Throws std::exception when a promise is broken.
  void run();
  [[nodiscard]] const History& history() const { return history_; }
  [[nodiscard]] const Agenda& agenda() const { return agenda_; }

 private:
  using Fault = void (World::*)();

  [[nodiscard]] std::vector<Fault> faults() const;
  void populate();
  void schedule_work();
  void schedule_faults();
  void run_until(core::TimePoint end);
  void calm_down();
  void wait_for_the_end();
  /// What is not as it should be in the end; empty if nothing.
  [[nodiscard]] std::string complaint() const;

  void add_driver();
  void add_client(bool is_able);
  [[nodiscard]] ModelDriver& any_driver() { return *drivers_[random_.below(drivers_.size())]; }
  [[nodiscard]] ModelJob& any_job() { return *jobs_[random_.below(jobs_.size())]; }
  [[nodiscard]] Cable& any_cable();
  [[nodiscard]] ModelClient& any_client() { return *clients_[random_.below(clients_.size())]; }

  void cancel();
  void cut_cable();
  void lose_driver();
  void lose_client();
  void send_driver_away();
  void kill_server();
  void pause_server();
  void spoil_disk();
  void slow_disk_down();
  void lie();
  void clog();
  void let_driver_leave();
  void let_client_leave();
  void lose_driver_of_job();
  void change_driver_of_job();
  void take_over_job();
  void forget_some_of_job();

  Plan plan_;
  Random random_;
  Agenda agenda_;
  History history_;
  Network network_;
  Stage stage_;
  SimulatedServer server_;
  std::vector<std::shared_ptr<ModelDriver>> drivers_;
  std::vector<std::shared_ptr<ModelJob>> jobs_;
  std::vector<std::shared_ptr<ModelClient>> clients_;
};

}  // namespace blitzen::sim
