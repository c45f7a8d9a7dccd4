// Workers: how they start, how they are ended, how they are buried.
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

#include "pool/pool_impl.hpp"
#include "pool/worker_main.hpp"

namespace blitzen::pool {
namespace {

/// After so many forks in a row that the system refused, tasks are refused.
constexpr unsigned fork_failures_max = 8;
constexpr Duration first_fork_pause = std::chrono::milliseconds{10};
/// A worker that dies sooner than this, without having done anything, cannot live on this machine.
constexpr Duration early_death = std::chrono::seconds{1};

}  // namespace

void Pool::Impl::start_worker(std::uint32_t place, Image& image) {
  if (image.forks_in_flight >= forks_in_flight_max) return;
  try {
    auto worker = std::make_unique<Worker>(image, place, options_);
    const base::UniqueFd out = worker->out.open();
    const base::UniqueFd err = worker->err.open();
    watch(worker->out.descriptor(), Source::worker_out, place);
    watch(worker->err.descriptor(), Source::worker_err, place);
    ControlMessage request;
    request.kind = ControlKind::fork;
    request.ticket = worker->ticket = next_ticket_++;
    const std::vector<int> descriptors{worker->link.memory(), doorbell_.memory(), doorbell_.event(), out.get(),
                                       err.get()};
    if (!image.zygote->send(request, descriptors)) throw std::system_error(errno, std::generic_category());
    worker->started_at = worker->held_since = worker->last_used = now_;
    if (!is_spare(*worker)) image.served_last = now_;
    workers_[place] = std::move(worker);
    ++image.forks_in_flight;
    image.ready_by = now_ + zygote_answer_time_max;
  } catch (const std::system_error& error) {
    if (place >= options_.slots) return spare_failed(image);
    fork_failed(image, error.code().value());
  }
}

void Pool::Impl::fork_failed(Image& image, int error) {
  image.fork_again_at = now_ + first_fork_pause * (1U << std::min(image.fork_failures, fork_failures_max));
  if (++image.fork_failures < fork_failures_max || worker_count(image) > 0) return;
  image.fork_failures = 0;
  refuse_backlog(image, "no worker of image '" + image.source.name +
                            "' can be started on this machine: " + std::generic_category().message(error));
}

void Pool::Impl::worker_forked(std::uint32_t ticket, pid_t process) {
  for (const auto& worker : workers_) {
    if (!worker || worker->ticket != ticket || worker->state != Worker::State::starting) continue;
    worker->process = process;
    worker->death = watch_process(process);
    worker->state = Worker::State::ready;
    worker->image->fork_failures = 0;
    return;
  }
}

void Pool::Impl::worker_not_forked(Image& image, std::uint32_t ticket, int error) {
  const auto worker =
      std::ranges::find_if(workers_, [&](const auto& place) { return place && place->ticket == ticket; });
  if (worker == workers_.end()) return;
  const bool spare = is_spare(**worker);
  worker->reset();
  if (spare)
    spare_failed(image);
  else
    fork_failed(image, error);
}

Pool::Impl::Worker* Pool::Impl::find_worker(const Image& image, pid_t process) {
  for (const auto& worker : workers_) {
    if (worker && worker->image == &image && worker->process == process) return worker.get();
  }
  return nullptr;
}

void Pool::Impl::signal_worker(Worker& worker, int signal) {
  if (worker.process <= 0) return;
  ControlMessage message;
  message.kind = ControlKind::signal;
  message.process = worker.process;
  message.code = signal;
  // The zygote knows for certain whom the id belongs to. Without it, the group's id is still the worker's: ids are
  // given out in turn, so one that has just become free is not used again at once.
  if (!worker.image->zygote || !worker.image->zygote->send(message)) ::kill(-worker.process, signal);
  if (signal != SIGKILL) return;
  // Also if the zygote is stuck, or the worker is not in its group any more.
  signal_watched(worker.death, SIGKILL);
  worker.buried_by = now_ + obituary_time_max;
}

void Pool::Impl::ask_for_obituary(Worker& worker) {
  worker.buried_by = now_ + obituary_time_max;
  // The kernel may hold a killed process, for instance in a dead file system. That is not the zygote's fault.
  if (worker.image->zygote && (!worker.death || has_ended(worker.death))) give_up_zygote(*worker.image);
}

void Pool::Impl::retire(Worker& worker) {
  worker.state = Worker::State::ending;
  signal_worker(worker, SIGKILL);
}

void Pool::Impl::condemn(Worker& worker) {
  worker.state = Worker::State::ending;
  worker.expires_at.reset();
  worker.kill_at = now_ + options_.grace;
  signal_worker(worker, options_.grace > Duration::zero() ? SIGTERM : SIGKILL);
}

void Pool::Impl::distrust(Worker& worker, std::string note) {
  worker.distrusted = true;
  worker.note = std::move(note);
  worker.expires_at.reset();
  worker.kill_at.reset();
  worker.state = Worker::State::ending;
  signal_worker(worker, SIGKILL);
}

void Pool::Impl::expire(Worker& worker) {
  take_answers(worker);
  if (worker.state != Worker::State::ready) return;
  if (!worker.link.claim_makes_sense()) return distrust(worker, std::string{wrote_nonsense});
  // The task may have started later than it seemed; but it may also write over when that was, so it is asked once.
  const bool asked = worker.link.handed() > 0 && worker.asked_start_of == worker.link.oldest().serial;
  if (!asked) rearm(worker, now_);
  if (worker.link.claimed() == 1) worker.asked_start_of = worker.link.oldest().serial;
  if (!worker.expires_at || *worker.expires_at > now_) return;
  take_unstarted(worker, worker.link.handed());
  // Otherwise it has finished this very moment, and its answer comes.
  if (worker.link.claimed() != 1) return;
  const QueuedTask& task = worker.link.oldest();
  const Duration ran = now_ - std::min(worker.link.started(0).value_or(now_), now_);
  drain_worker(worker);
  hush(worker, task);
  listener_.task_timed_out(task.item.tag, task.item.timeout, ran, worker.slot);
  condemn(worker);
}

/// Whoever stopped it (SIGSTOP) may never let it go on, and nothing but its tasks would tell.
void Pool::Impl::check_claim(Worker& worker) {
  take_answers(worker);
  if (worker.state != Worker::State::ready || !worker.claim_by || *worker.claim_by > now_) return;
  worker.claim_by.reset();
  if (worker.link.claimed() > 0) return;
  worker.note = "it had not taken a task within " + std::to_string(claim_time_max / std::chrono::seconds{1}) +
                " s; perhaps something stopped it (SIGSTOP)";
  retire(worker);
}

void Pool::Impl::bury(Worker& worker, int wait_status, std::uint64_t peak_memory_bytes) {
  take_answers(worker);
  if (!stopped_ && !worker.distrusted && !worker.link.claim_makes_sense())
    distrust(worker, std::string{wrote_nonsense});
  worker.out.finish(listener_);
  worker.err.finish(listener_);
  std::unique_ptr<Worker> dead = std::move(workers_[worker.slot]);
  if (stopped_) return;

  Obituary obituary;
  obituary.process = static_cast<std::uint32_t>(dead->process);
  obituary.signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
  obituary.exit_status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 0;
  obituary.peak_memory_bytes = std::max(peak_memory_bytes, dead->memory_used);
  obituary.last_lines = dead->err.last_lines().text();
  obituary.note = dead->note;

  // Who writes nonsense may have changed what was claimed, too.
  const bool was_executing = dead->link.handed() > 0 && (dead->link.claimed() > 0 || dead->distrusted);
  const bool cut_off = obituary.exit_status == exit_cut_off && dead->answered;
  const bool expected = (dead->state == Worker::State::ending || cut_off) && dead->note.empty();
  std::vector<QueuedTask> left;
  dead->link.surrender(left);
  if (was_executing) {
    dead->image->keeps_spare = true;
    const QueuedTask victim = std::move(left.front());
    left.erase(left.begin());
    if (!is_hushed(*dead, victim)) {
      --unsettled_;
      listener_.worker_died(victim.item.tag, obituary);
    }
  } else if (!expected) {
    listener_.idle_worker_died(obituary);
    if (is_spare(*dead))
      spare_failed(*dead->image);
    else
      note_early_death(*dead, obituary);
  }
  std::erase_if(left, [&](const QueuedTask& task) { return is_hushed(*dead, task); });
  put_back(*dead->image, left);
  buried_.push_back(std::move(dead));
}

void Pool::Impl::note_early_death(const Worker& worker, const Obituary& obituary) {
  Image& image = *worker.image;
  if (!image.zygote || worker.answered || now_ - worker.started_at > early_death) return;
  image.fork_again_at = now_ + first_fork_pause;
  if (++image.start_failures < start_failures_max) return;
  fail_image(image, "workers of image '" + image.source.name + "' die on this machine before they take a task" +
                        (obituary.last_lines.empty() ? "" : ": " + obituary.last_lines));
}

}  // namespace blitzen::pool
