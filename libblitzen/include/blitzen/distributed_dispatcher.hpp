/// \file
/// Tasks on the machines of a cluster.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "blitzen/compression.hpp"
#include "blitzen/dispatcher.hpp"

namespace blitzen {

/// Everything that can be chosen about a DistributedDispatcher.
struct DistributedOptions {
  // Where the server is.
  std::string server = "127.0.0.1";  ///< Host name or address, IPv6 with or without brackets.
  std::uint16_t port = 50000;
  /// How long to go on trying to reach it, so that programs may be started in any order.
  std::chrono::milliseconds connect_patience = std::chrono::seconds{10};
  /// How long to go on trying to come back when the connection is lost; zero: not at all. Tasks go on meanwhile. A
  /// server that was started anew is sent again what had no outcome.
  std::chrono::milliseconds reconnect_patience = std::chrono::seconds{30};

  // Who may use it.
  std::filesystem::path key_file = {};  ///< Empty: ~/.config/blitzen/cluster.key, made if missing
                                        ///< and the server is on loopback.
  bool insecure = false;                ///< No encryption and no key; on loopback only.
  Compression compression = Compression::automatic;

  // Tasks.
  std::chrono::nanoseconds timeout{0};  ///< For tasks that ask for none themselves; zero: the server's default.
  std::size_t task_limit = 10'000'000;  ///< Most tasks without an outcome; the server may allow fewer.
  /// Bytes that the arguments of tasks without an outcome may take in this program; 0: half of the memory there is. The
  /// last task may exceed it, so that none is too large to be run.
  std::uint64_t memory_limit = 0;
  AtTaskLimit at_task_limit = AtTaskLimit::wait;  ///< And at memory_limit.

  /// The name of a job, at most 255 bytes without control characters: tasks and their outcomes outlive this process,
  /// and attach() finds them. Empty: they end with it.
  std::string job = {};
  /// How long leaving the job waits while the server takes nothing more of it, because it is at its --memory-limit or
  /// --task-limit, say. Then the log says how much was not handed over: those tasks will not run. More than 0.
  std::chrono::milliseconds leave_patience = std::chrono::hours{1};

  /// For spawn_server(): timeouts one slot of a client may have before that client is disconnected; -1: any number.
  int revive_limit = -1;
};

/// Runs tasks on the clients of a blitzen-server. Sends this program itself to them, once.
/// \code
/// blitzen::DistributedDispatcher cluster{{.server = "192.168.1.2"}};
/// auto task = cluster.run({.timeout = 60s}, simulate, 12);
/// std::cout << cluster.get_result(task).value() << '\n';
/// \endcode
///
/// The connection is made at the first run(), in the background; run() never waits for the network. What stands in the
/// way (wrong key, no server, another version) is thrown as Error by the first call that cannot go on without it. When
/// the connection is lost later, the dispatcher tries to come back and goes on as if nothing had happened. If that does
/// not succeed within reconnect_patience, or the server said that it stops, every unsettled task gets an `error`
/// outcome that says so. So does a task with worker_deaths_max 1 that a server had when it was lost, or when it
/// gave this dispatcher up: it may have been started. With a journal, it goes on.
///
/// With a job, the server keeps tasks and outcomes until they are cleared or join() has returned them; then the job is
/// over. shutdown() and the destructor leave the job: they wait until the server has all its tasks (no longer than
/// leave_patience if it takes nothing more), cancel nothing, and what has no outcome here then is Error{shut_down} when
/// it is asked for. When the server is lost, or another process attaches to the job, it is an Error that says so
/// instead of an `error` outcome.
class DistributedDispatcher : public Dispatcher {
 public:
  /// Throws Error: not_initialised, invalid_option.
  explicit DistributedDispatcher(const DistributedOptions& options = {});
  ~DistributedDispatcher() override;

  /// Goes on with a job that another process began, or an earlier run of this program; one that still has it gets
  /// Error{job_taken_over}. Waits until the server has told what is there, and takes `options` otherwise.
  /// \code
  /// auto cluster = blitzen::DistributedDispatcher::attach("sweep-42", {.server = "192.168.1.2"});
  /// for (const auto& outcome : cluster.get_results(cluster.tasks<double>())) ...
  /// \endcode
  /// Throws Error: job_unknown, and what the constructor and connect() throw.
  [[nodiscard]] static DistributedDispatcher attach(const std::string& job, const DistributedOptions& options = {});

  /// The tasks that attach() found and that were not cleared, in submission order. `T` is what their functions return,
  /// which this process cannot check: a result that does not decode as a `T` is an `error` outcome.
  template <class T>
  [[nodiscard]] std::vector<Task<T>> tasks() const {
    std::vector<Task<T>> found;
    for (const std::uint64_t number : found_tasks()) found.push_back({.number = number, .dispatcher = id()});
    return found;
  }

  /// Waits until the server can be used. Throws Error if it cannot: cannot_connect, wrong_key, version_mismatch, ...
  void connect();

  /// Starts a server inside this program, on this dispatcher's port (0: any free one) and with its key, that ends after
  /// `duration` (zero: with the dispatcher). The dispatcher, if it is not connected yet, will use it. It listens on
  /// every address of this machine, or on loopback only if the dispatcher is insecure. Throws Error: system when the
  /// port cannot be bound, invalid_option when the dispatcher's server is another machine.
  void spawn_server(std::chrono::milliseconds duration = {});

  /// Starts a client inside this program that lends `workers` workers (0: one per core) to this dispatcher's server,
  /// until the dispatcher ends. `worker_memory` is ClientOptions::worker_memory: the bytes that a worker may use, 0 for
  /// any. Throws Error: invalid_option when either makes no sense.
  void spawn_client(int workers = 0, std::uint64_t worker_memory = 0);

 private:
  struct Attach {};
  DistributedDispatcher(const DistributedOptions& options, Attach);
  [[nodiscard]] std::vector<std::uint64_t> found_tasks() const;

  class Embedded;
  std::unique_ptr<Embedded> embedded_;
};

}  // namespace blitzen
