/// \file
/// The server inside a program of one's own: what the daemon `blitzen-server` is made of.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "blitzen/compression.hpp"

namespace blitzen {

/// How a server listens, what it lets in and what tasks get when their driver does not say.
struct ServerOptions {
  // Where it listens.
  std::string address = "0.0.0.0";  ///< IPv4 or IPv6 address; "0.0.0.0" is every IPv4 address of this machine.
  std::uint16_t port = 50'000;      ///< 0: any free one; see Server::port().

  // Who may connect.
  std::filesystem::path key_file = {};  ///< Empty: ~/.config/blitzen/cluster.key, which is made when it is missing.
  bool insecure = false;                ///< No key and no encryption. Allowed on a loopback address only.
  Compression compression = Compression::automatic;

  // How long it lives.
  std::chrono::milliseconds duration{0};  ///< Stops by itself after this long; zero: runs until it is stopped.

  // Tasks.
  std::uint64_t task_limit = 10'000'000;  ///< Most unsettled tasks per driver. Bounds the server's memory.
  /// Bytes of memory for the arguments and outcomes that wait here, at least 16 MiB; 0: half of what there is. While
  /// they take more, drivers keep further tasks to themselves.
  std::uint64_t memory_limit = 0;
  std::chrono::nanoseconds timeout{0};  ///< For tasks that ask for none; zero: they may run for ever.
  /// Timeouts one slot of a client may have before that client is disconnected; -1: any number.
  int revive_limit = -1;
  /// How long the tasks of a driver go on whose connection was lost, before they are cancelled.
  std::chrono::milliseconds driver_patience = std::chrono::seconds{30};
  /// How long a job is kept that no driver has: its tasks go on and its outcomes stay, until a driver attaches to it.
  std::chrono::milliseconds job_retention = std::chrono::hours{7 * 24};
  /// Most bytes of outcomes kept of one job: with more, no further task of it is started until its driver clears some.
  std::uint64_t job_bytes = 1024ULL * 1024 * 1024;

  /// Where accepted tasks and their outcomes are kept, so that a server that is started again goes on with them. A file
  /// of its own, made if missing. Empty: they are kept in memory only.
  std::filesystem::path journal = {};
  /// If the journal is damaged, go on with what is intact. The damaged file is kept beside it.
  bool journal_salvage = false;

  // Images.
  std::filesystem::path cache_dir = {};                       ///< Empty: ~/.cache/blitzen.
  std::uint64_t cache_bytes_max = 2ULL * 1024 * 1024 * 1024;  ///< Images unused for longest are dropped above this.
};

/// Brokers tasks between drivers and clients. Never runs or decodes user code or user data.
/// \code
/// blitzen::Server server{{.address = "127.0.0.1", .port = 0, .duration = 30s}};
/// server.start();
/// std::cout << "listening on port " << server.port() << '\n';
/// server.wait();
/// \endcode
/// Works in a thread of its own. Every member may be called from any thread, except that the destructor must be alone.
/// After fork() it stays the parent's: in the child, its end and stop() do nothing and the rest throws Error{forked}.
class Server {
 public:
  /// Only notes the options. Throws Error{invalid_option} when one of them makes no sense.
  explicit Server(ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops at once if it still runs. Bounded: never hangs.
  ~Server();

  /// Listens and returns once drivers and clients can connect; logs "listening on ADDRESS:PORT". To be called once.
  /// Throws Error: bad_key_file; invalid_option (insecure on an address others can reach); system (the port is taken,
  /// the journal cannot be used).
  void start();

  /// The port it listens on. To be called after start().
  [[nodiscard]] std::uint16_t port() const;

  /// Asks the server to stop cleanly: peers are told, outcomes under way are sent. Returns at once. Bounded: whoever
  /// does not listen any more is cut off after 2 s. Calling it again changes nothing; before start(), it holds for
  /// then.
  void stop();

  /// Asks the server to stop without goodbyes. Returns at once.
  void stop_now();

  /// Blocks until the server has stopped: by stop(), stop_now() or after its duration.
  /// Throws the Error that ended it, if one did.
  void wait();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace blitzen
