/// \file
/// Tasks on the cores of this machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "blitzen/dispatcher.hpp"

namespace blitzen {

/// Everything that can be chosen about a MulticoreDispatcher.
struct MulticoreOptions {
  /// Tasks executed at once, each in a process of its own; 0: one per core.
  int workers = 0;
  /// For tasks that ask for none themselves; zero: no limit.
  std::chrono::nanoseconds timeout{0};
  /// Most tasks without an outcome.
  std::size_t task_limit = 10'000'000;
  /// Bytes that the arguments of tasks without an outcome may take in this program; 0: half of the memory there is. The
  /// last task may exceed it, so that none is too large to be run.
  std::uint64_t memory_limit = 0;
  AtTaskLimit at_task_limit = AtTaskLimit::wait;  ///< And at memory_limit.
  /// Bytes of memory that a worker may use together with the processes it starts, at least 16 MiB; 0: no limit. Who
  /// uses more is ended, which counts as a death of the worker and is told in the task's outcome. Looked at some times
  /// a second; files that are mapped and memory that is shared do not count.
  std::uint64_t worker_memory = 0;
};

/// Runs tasks in worker processes on this machine: a crash or an endless loop in a task costs nothing but that task.
/// \code
/// blitzen::MulticoreDispatcher cores{{.workers = 4}};
/// auto task = cores.run(fibonacci, 40);
/// std::cout << cores.get_result(task).value() << '\n';
/// \endcode
class MulticoreDispatcher : public Dispatcher {
 public:
  /// Starts the workers. Throws Error: not_initialised, invalid_option, system.
  explicit MulticoreDispatcher(const MulticoreOptions& options = {});
  ~MulticoreDispatcher() override;
};

}  // namespace blitzen
