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

/// How a worker exits that cannot tell its pool that it has answered. It is replaced without a word.
inline constexpr int exit_cut_off = 75;

/// Finds out what all workers of an image need to know. Once in its zygote it is cheaper than in each of them.
void prepare_for_work(TaskRunner& runner);

/// Runs tasks until the process is killed, or cut off from the pool.
[[noreturn]] void work(WorkerDescriptors descriptors, TaskRunner& runner);

}  // namespace blitzen::pool
