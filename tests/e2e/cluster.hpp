// A server, its clients and its drivers: the real programs, on loopback, in a directory of the test.
#pragma once

#include <blitzen/blitzen.hpp>
#include <blitzen/exit_code.hpp>
#include <cstdint>
#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "tests/e2e/gate.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/temporary_directory.hpp"

namespace blitzen::e2e {

using testing::Daemon;
using testing::TemporaryDirectory;
using Arguments = std::vector<std::string>;

[[nodiscard]] Arguments concat(Arguments arguments, const Arguments& more);

/// Encrypted, unless the server's arguments say --insecure.
class Cluster {
 public:
  /// Starts a server on a free port of 127.0.0.1 and waits until it listens.
  explicit Cluster(const Arguments& server_arguments = {});

  [[nodiscard]] Daemon& server() { return *server_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Another server in the place of the one that ended, on the same port.
  void restart_server();

  /// Starts a client and waits until it is connected.
  Daemon& start_client(int workers, const Arguments& more = {});
  /// Starts a client with these arguments, and those that say where the server is, and waits for nothing.
  Daemon& launch_client(const Arguments& arguments, const std::string& directory);
  /// Starts this program in a role, with port and key file as the first arguments, and waits for nothing.
  Daemon& launch_driver(const std::string& role, const Arguments& more = {});
  /// Any other program, in a directory of its own.
  Daemon& launch(const std::filesystem::path& program, const Arguments& arguments, const std::string& directory);

  /// Kills what is left of it. References to it are no longer valid.
  void forget(const Daemon& daemon);

  /// How a driver in this process finds the server.
  [[nodiscard]] DistributedOptions driver() const;
  /// --server, --port and --key-file (or --insecure), as every program takes them.
  [[nodiscard]] Arguments where() const;
  [[nodiscard]] std::filesystem::path key_file() const;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }
  [[nodiscard]] Gate make_gate() { return Gate(directory() / ("gate" + std::to_string(++pipes_))); }
  [[nodiscard]] Reports make_reports() { return Reports(directory() / ("reports" + std::to_string(++pipes_))); }

 private:
  void start_server();

  TemporaryDirectory directory_;
  Arguments server_arguments_;
  bool insecure_;
  std::uint16_t port_ = 0;
  int pipes_ = 0;
  int drivers_ = 0;
  int clients_ = 0;
  std::list<Daemon> others_;
  Daemon* server_ = nullptr;
};

/// As wait_exit() returns it.
[[nodiscard]] constexpr int status(ExitCode code) { return static_cast<int>(code); }

/// This program.
[[nodiscard]] std::filesystem::path own_program();

/// What `connect()` throws for a driver with these options. Throws DidNotHappen if it connects.
[[nodiscard]] Error connect_error(const DistributedOptions& options);

}  // namespace blitzen::e2e
