#include "blitzen/multicore_dispatcher.hpp"

#include <algorithm>
#include <thread>

#include "base/size_text.hpp"
#include "call/init_state.hpp"
#include "dispatch/local_engine.hpp"
#include "pool/doorbell.hpp"
#include "proto/limits.hpp"

namespace blitzen {
namespace {

/// More worker processes than this on one machine is a mistake in an option, not a wish.
constexpr int workers_max = pool::slots_max;

std::uint32_t workers_for(const MulticoreOptions& options) {
  if (options.workers < 0 || options.workers > workers_max)
    throw Error(ErrorCode::invalid_option,
                "workers must be from 1 to " + std::to_string(workers_max) + ", or 0 for one per core");
  if (options.workers > 0) return static_cast<std::uint32_t>(options.workers);
  return std::max(1U, std::thread::hardware_concurrency());
}

pool::PoolOptions pool_options(const MulticoreOptions& options) {
  if (options.worker_memory != 0 && options.worker_memory < pool::worker_memory_min)
    throw Error(ErrorCode::invalid_option,
                "worker_memory must be at least " + base::size_text(pool::worker_memory_min) + ", or 0 for no limit");
  return {.slots = workers_for(options),
          .result_bytes_max = proto::payload_bytes_max,
          .worker_memory = options.worker_memory};
}

std::unique_ptr<detail::Engine> make_engine(const MulticoreOptions& options) {
  call::require_init("a MulticoreDispatcher");
  return std::make_unique<dispatch::LocalEngine>(dispatch::EngineOptions{.timeout = options.timeout,
                                                                         .task_limit = options.task_limit,
                                                                         .memory_limit = options.memory_limit,
                                                                         .at_task_limit = options.at_task_limit},
                                                 pool_options(options));
}

}  // namespace

MulticoreDispatcher::MulticoreDispatcher(const MulticoreOptions& options) : Dispatcher(make_engine(options)) {}

MulticoreDispatcher::~MulticoreDispatcher() = default;

}  // namespace blitzen
