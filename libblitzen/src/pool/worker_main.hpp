// The life of a worker process: claim a task, run it, answer.
#pragma once

#include "base/unique_fd.hpp"
#include "pool/worker.hpp"

namespace blitzen::pool {

/// What a worker is made of, besides its image.
struct WorkerDescriptors {
  base::UniqueFd channel;
  base::UniqueFd doorbell;
  base::UniqueFd event;
};

/// Runs tasks until the process is killed.
[[noreturn]] void work(WorkerDescriptors descriptors, TaskRunner& runner);

}  // namespace blitzen::pool
