// What workers may use of the machine's memory. Who uses more is ended, and nobody else.
#include <algorithm>
#include <csignal>

#include "base/size_text.hpp"
#include "pool/memory_use.hpp"
#include "pool/pool_impl.hpp"

namespace blitzen::pool {
namespace {

/// Workers that work are looked at this often: seldom while they use little, and often when they come near the limit.
constexpr Duration look_pause_max = std::chrono::milliseconds{100};
constexpr Duration look_pause_min = std::chrono::milliseconds{10};
/// What a task can fill in a second. Where pages are faster, a task gets further beyond the limit before it is seen.
constexpr std::uint64_t growth_per_second = 4ULL * 1024 * 1024 * 1024;
/// Looks take at most one part in so many of a core's time, and so does measuring one worker.
constexpr int look_share = 50;
constexpr Duration measure_pause_min = std::chrono::seconds{1};

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

Duration time_to_fill(std::uint64_t bytes) {
  constexpr std::uint64_t nanoseconds = std::chrono::nanoseconds{std::chrono::seconds{1}}.count();
  const std::uint64_t nearest = std::min(bytes, growth_per_second);
  return Duration{static_cast<Duration::rep>(nearest * nanoseconds / growth_per_second)};
}

}  // namespace

/// Executing, or since it was last looked at. An idle one that holds what its task has left is better replaced now than
/// when another task would be charged for it.
bool Pool::Impl::wants_look(const Worker& worker) const {
  if (options_.worker_memory == 0 || worker.state != Worker::State::ready) return false;
  return worker.link.handed() > 0 || (worker.answered && worker.looked_at <= worker.last_used);
}

void Pool::Impl::look_at_memory() {
  if (options_.worker_memory == 0 || now_ < look_again_at_) return;
  const TimePoint began = steady_now();
  suspects_.clear();
  std::uint64_t largest = 0;
  for (const auto& worker : workers_) {
    if (!worker || !wants_look(*worker)) continue;
    worker->looked_at = now_;
    const std::uint64_t used = estimate_memory(worker->process);
    if (used > options_.worker_memory) suspects_.push_back(worker.get());
    largest = std::max(largest, std::min(used, options_.worker_memory));
  }
  const Duration pause = std::clamp(time_to_fill(options_.worker_memory - largest), look_pause_min, look_pause_max);
  look_again_at_ = now_ + std::max(pause, look_share * (steady_now() - began));
  for (Worker* suspect : suspects_) measure(*suspect);
}

/// Not at every look: what only seems too much, because of pages that forks share, does so for long.
void Pool::Impl::measure(Worker& worker) {
  if (now_ < worker.measure_again_at) {
    worker.looked_at = worker.last_used;  // An idle one would not be looked at again.
    return;
  }
  const TimePoint began = steady_now();
  const std::uint64_t used = measure_memory(worker.process);
  worker.measure_again_at = now_ + std::max(measure_pause_min, look_share * (steady_now() - began));
  if (used > options_.worker_memory) end_large(worker, used);
}

void Pool::Impl::end_large(Worker& worker, std::uint64_t used) {
  take_answers(worker);
  if (worker.state != Worker::State::ready) return;
  if (!worker.link.claim_makes_sense()) return distrust(worker, std::string{wrote_nonsense});
  take_unstarted(worker, worker.link.handed());
  worker.memory_used = used;
  // Otherwise nobody is to be charged: what it holds was left by tasks that have ended.
  if (worker.link.claimed() == 1) {
    worker.note = "its worker used " + base::size_text(used) + ", more than the " +
                  base::size_text(options_.worker_memory) + " that a worker may have (" + options_.memory_option + ")";
  }
  worker.expires_at.reset();
  retire(worker);
}

}  // namespace blitzen::pool
