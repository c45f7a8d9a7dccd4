// A server and its clients on loopback: the real programs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "apps/bench/system/daemon.hpp"
#include "blitzen/distributed_dispatcher.hpp"

namespace blitzen::bench {

enum class Security { tls, insecure };

/// "TLS", "insecure"
[[nodiscard]] const char* to_string(Security security);

class Cluster {
 public:
  /// Starts a server on a free port and waits until it listens. Its key and its images are where XDG_CONFIG_HOME and
  /// XDG_CACHE_HOME say.
  explicit Cluster(Security security = Security::tls);
  Cluster(Security security, int workers) : Cluster(security) { start_client(workers); }

  /// Starts a client and waits until it is connected.
  Daemon& start_client(int workers);
  /// Starts a client and waits for nothing.
  Daemon& launch_client(int workers);
  void stop_clients() { clients_.clear(); }

  [[nodiscard]] const Daemon& server() const { return server_; }
  /// Which the server made when it started.
  [[nodiscard]] static std::filesystem::path key_file();
  /// How a driver finds the server.
  [[nodiscard]] const DistributedOptions& driver() const { return driver_; }

 private:
  Security security_;
  Daemon server_;
  DistributedOptions driver_;
  std::list<Daemon> clients_;  ///< Stopped before the server.
};

/// The directory of this program, where the others are.
[[nodiscard]] std::filesystem::path program_directory();

}  // namespace blitzen::bench
