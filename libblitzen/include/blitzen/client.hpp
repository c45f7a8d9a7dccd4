/// \file
/// The client inside a program of one's own: what the daemon `blitzen-client` is made of.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "blitzen/compression.hpp"

namespace blitzen {

/// Which server a client lends its workers to, how many, and which code they may run.
struct ClientOptions {
  // The server.
  std::string server = {};  ///< Host name or address, IPv6 with or without brackets. Required.
  std::uint16_t port = 50'000;
  std::filesystem::path key_file = {};  ///< Empty: ~/.config/blitzen/cluster.key, made if missing
                                        ///< and the server is on loopback.
  bool insecure = false;                ///< No key and no encryption. Allowed to a server on loopback only.
  Compression compression = Compression::automatic;
  /// How long to try to reach the server the first time, so that programs may be started in any order.
  std::chrono::milliseconds connect_patience = std::chrono::seconds{10};

  // The workers.
  int workers = 0;  ///< Tasks to execute at once; 0: one per core of this machine.
  /// Bytes of memory that a worker may use together with the processes it starts, at least 16 MiB; 0: no limit. Who
  /// uses more is ended, which counts as a death of the worker and is told in the task's outcome. Looked at some times
  /// a second; files that are mapped and memory that is shared do not count.
  std::uint64_t worker_memory = 0;

  // The code.
  /// Task libraries to load: their functions run by registered name. They register with the program that loads them,
  /// which must be linked so that they find it: with -rdynamic, which is CMake's property ENABLE_EXPORTS.
  std::vector<std::filesystem::path> tasks = {};
  bool shipped_code = true;  ///< Whether to run images that drivers ship; else only `tasks`.

  // Images.
  std::filesystem::path cache_dir = {};                       ///< Empty: ~/.cache/blitzen.
  std::uint64_t cache_bytes_max = 2ULL * 1024 * 1024 * 1024;  ///< Images unused for longest are dropped above this.
};

/// Lends a pool of worker processes to one server. When the server goes away the client keeps its workers warm and
/// connects again, for as long as it takes.
/// \code
/// int main(int argc, char** argv) {
///   blitzen::init(argc, argv);  // worker processes of this program never get past it
///   blitzen::Client client{{.server = "192.168.1.2", .workers = 6}};
///   client.start();
///   client.wait();
/// }
/// \endcode
/// What tasks print goes to this program's own stdout and stderr, line by line.
/// Works in a thread of its own. Every member may be called from any thread, except that the destructor must be alone.
/// After fork() it stays the parent's: in the child, its end and stop() do nothing and the rest throws Error{forked}.
class Client {
 public:
  /// Only notes the options. Throws Error: invalid_option when one of them makes no sense; not_initialised.
  explicit Client(ClientOptions options);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  /// Stops at once if it still runs. Leaves no process behind. Bounded: never hangs.
  ~Client();

  /// Starts to connect, and returns at once; logs "connected to HOST:PORT" whenever it is. To be called once.
  /// Throws Error: bad_key_file; system; invalid_option (a task library is missing or no shared library; the sentence
  /// names it). One that cannot be loaded is logged as a warning, and its functions are refused.
  void start();

  /// Asks the client to drain: it takes no new tasks, hands back those not started, finishes those that run, and stops.
  /// Returns at once. Not bounded in time, because tasks are not; use stop_now() for that.
  void stop();

  /// Asks the client to end its workers now (SIGKILL) and stop. The server runs their tasks elsewhere. Returns at once.
  void stop_now();

  /// Blocks until the client has stopped. Throws the Error that ended it, if one did: cannot_connect when the server
  /// was never reached, connection_lost when the server dropped the client because of its --revive-limit, wrong_key,
  /// version_mismatch, not_blitzen, system.
  void wait();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace blitzen
