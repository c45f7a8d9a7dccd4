// A cluster of real processes whose drivers and tasks write a history.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "tests/e2e/cluster.hpp"
#include "tests/soak/driver.hpp"
#include "tests/soak/history.hpp"
#include "tests/soak/part.hpp"

namespace blitzen::soak {

using e2e::Arguments;
using e2e::Daemon;

/// Without end, so that SIGTERM says when it is enough.
inline constexpr std::uint64_t tasks_without_end = 1'000'000'000;

/// Until a driver that goes on with its work must be through with it.
inline constexpr std::chrono::seconds driver_patience_max{600};

class Farm {
 public:
  explicit Farm(Trial& trial, const Arguments& server_arguments = {});

  [[nodiscard]] e2e::Cluster& cluster() { return cluster_; }
  [[nodiscard]] Daemon& server() { return cluster_.server(); }
  [[nodiscard]] Executions& executions() { return executions_; }

  struct Driver {
    std::string name;
    Daemon* process;
  };
  /// Name and first task are given here. At `port` instead of the server's, if it is not 0.
  Driver start_driver(DriverPlan plan, std::uint16_t port = 0);
  /// SIGKILL, and a word about it in the history.
  void kill(const Driver& driver);
  /// Asks it to finish, and waits until it has all it asked for. Throws DidNotHappen when it failed.
  void finish(const Driver& driver);
  /// Waits until so many more executions have finished. Throws DidNotHappen when none finishes for a minute.
  void wait_for_executions(std::uint64_t more);

  /// Compares what everybody wrote.
  Account check();

 private:
  Trial& trial_;
  e2e::Cluster cluster_;
  Executions executions_;
  std::uint64_t drivers_ = 0;
};

}  // namespace blitzen::soak
