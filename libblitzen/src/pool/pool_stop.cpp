// The end: nothing is left behind.
#include <algorithm>
#include <csignal>

#include "base/poll_timeout.hpp"
#include "pool/pool_impl.hpp"

namespace blitzen::pool {
namespace {

/// What a killed process may take to be gone before the pool stops waiting: the kernel may hold it.
constexpr Duration gone_after_kill_max = std::chrono::seconds{2};

TimePoint steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

void Pool::Impl::stop(Duration grace) {
  if (stopped_ || is_foreign()) return;
  stopped_ = true;
  now_ = steady_now();
  condemn_everybody(grace);
  await_deaths(now_ + grace, [this] { return std::ranges::none_of(workers_, [](auto& worker) { return !!worker; }); });
  for (const auto& worker : workers_) {
    if (worker) signal_worker(*worker, SIGKILL);
  }
  await_deaths(steady_now() + gone_after_kill_max,
               [this] { return std::ranges::none_of(workers_, [](auto& worker) { return !!worker; }); });

  for (const auto& image : images_) {
    if (image->zygote) image->zygote->hang_up();
  }
  await_deaths(steady_now() + gone_after_kill_max,
               [this] { return std::ranges::none_of(images_, [](auto& image) { return !!image->zygote; }); });
  for (const auto& worker : workers_) {
    if (!worker) continue;
    ::kill(-worker->process, SIGKILL);  // Its zygote is stuck.
    signal_watched(worker->death, SIGKILL);
  }
  for (auto& worker : workers_) worker.reset();
  for (const auto& image : images_) image->zygote.reset();
}

/// Forgets all tasks, so that nothing is told about them, and asks every worker to end.
void Pool::Impl::condemn_everybody(Duration grace) {
  unsettled_ = 0;
  for (const auto& image : images_) {
    image->backlog.clear();
    image->keeps_warm = false;
  }
  for (auto& worker : workers_) {
    if (!worker) continue;
    if (worker->state == Worker::State::starting) {
      worker.reset();  // Its zygote knows it, and ends it.
      continue;
    }
    worker->link.surrender(taken_);
    taken_.clear();
    worker->note.clear();
    worker->kill_at.reset();
    worker->state = Worker::State::ending;
    signal_worker(*worker, grace > Duration::zero() ? SIGTERM : SIGKILL);
  }
}

template <class Done>
void Pool::Impl::await_deaths(TimePoint deadline, Done done) {
  while (!done()) {
    now_ = steady_now();
    if (now_ >= deadline) return;
    poll_descriptors(base::poll_timeout(std::optional{deadline}, steady_now()));
  }
}

}  // namespace blitzen::pool
