#include "cluster.hpp"

#include "pool/worker.hpp"

namespace cluster {

bool is_worker_process() { return blitzen::pool::started_by_pool(); }

std::string to_string(Kind kind) { return kind == Kind::multicore ? "multicore" : "distributed"; }

std::unique_ptr<blitzen::Dispatcher> make(Kind kind, const Wishes& wishes) {
  if (kind == Kind::multicore)
    return std::make_unique<blitzen::MulticoreDispatcher>(
        blitzen::MulticoreOptions{.workers = wishes.workers,
                                  .timeout = wishes.timeout,
                                  .task_limit = wishes.task_limit,
                                  .memory_limit = wishes.memory_limit,
                                  .at_task_limit = wishes.at_task_limit});
  auto dispatcher = std::make_unique<blitzen::DistributedDispatcher>(
      blitzen::DistributedOptions{.server = "127.0.0.1",
                                  .port = 0,
                                  .insecure = true,
                                  .timeout = wishes.timeout,
                                  .task_limit = wishes.task_limit,
                                  .memory_limit = wishes.memory_limit,
                                  .at_task_limit = wishes.at_task_limit});
  dispatcher->spawn_server();
  dispatcher->spawn_client(wishes.workers);
  return dispatcher;
}

}  // namespace cluster
