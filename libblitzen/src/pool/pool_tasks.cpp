// Tasks: how they come in, how they are taken back, and what is told about them.
#include <algorithm>
#include <csignal>
#include <stdexcept>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {

void Pool::Impl::add_image(ImageId id, ImageSource source) {
  if (!image_index_.emplace(id, images_.size()).second) return;
  auto image = std::make_unique<Image>();
  image->id = id;
  image->source = std::move(source);
  image->index = images_.size();
  images_.push_back(std::move(image));
}

Pool::Impl::Image& Pool::Impl::image(ImageId id) {
  const auto found = image_index_.find(id);
  if (found == image_index_.end()) throw std::logic_error("an image must be added before it is used");
  return *images_[found->second];
}

void Pool::Impl::define_function(ImageId id, std::uint32_t function, std::span<const std::byte> definition) {
  if (function >= functions_max)
    throw std::length_error("an image has at most " + std::to_string(functions_max) + " functions");
  Image& of = image(id);
  if (function >= of.functions.size()) of.functions.resize(function + 1);
  of.functions[function].definition.emplace(definition.begin(), definition.end());
}

void Pool::Impl::submit(WorkItem item) {
  Image& of = image(item.image);
  if (item.function >= of.functions.size() || !of.functions[item.function].definition)
    throw std::logic_error("a function must be defined before it is used");
  ++unsettled_;
  of.backlog.push_back({std::move(item), next_serial_++});
}

void Pool::Impl::retract(std::size_t count) {
  if (is_foreign()) return;
  std::size_t waiting = 0;
  for (const auto& image : images_) waiting += image->backlog.size();
  for (const auto& worker : workers_) {
    if (waiting >= count) break;
    if (worker) waiting += take_unstarted(*worker, worker->link.handed());
  }
  for (; count > 0; --count) {
    Image* youngest = nullptr;
    for (const auto& image : images_) {
      if (image->backlog.empty()) continue;
      if (youngest == nullptr || image->backlog.back().serial > youngest->backlog.back().serial) youngest = image.get();
    }
    if (youngest == nullptr) break;
    const QueuedTask task = youngest->backlog.pop_back();
    --unsettled_;
    listener_.task_returned(task.item.tag);
  }
  for (const auto& image : images_) hand_over(*image, Spread::as_worth);
}

void Pool::Impl::cancel(Tag tag) {
  if (is_foreign()) return;
  for (const auto& image : images_) {
    if (!image->backlog.cancel(tag)) continue;
    --unsettled_;
    return;
  }
  for (const auto& worker : workers_) {
    if (worker && cancel_handed(*worker, tag)) return;
  }
}

bool Pool::Impl::cancel_handed(Worker& worker, Tag tag) {
  WorkerLink& link = worker.link;
  std::size_t index = 0;
  while (index < link.handed() && !(link.task(index).item.tag == tag)) ++index;
  if (index == link.handed() || is_hushed(worker, link.task(index))) return false;

  link.take_back(link.handed() - index, taken_);
  const auto cancelled = std::ranges::find(taken_, tag, [](const QueuedTask& task) { return task.item.tag; });
  if (cancelled != taken_.end()) {
    --unsettled_;
    taken_.erase(cancelled);
    put_back(*worker.image, taken_);
    return true;
  }
  put_back(*worker.image, taken_);
  // Claimed: either it executes, or its answer is on the way.
  hush(worker, link.task(index));
  if (index + 1 == link.claimed()) condemn(worker);
  return true;
}

bool Pool::Impl::is_hushed(const Worker& worker, const QueuedTask& task) {
  return !worker.hushed.empty() && std::ranges::find(worker.hushed, task.serial) != worker.hushed.end();
}

void Pool::Impl::hush(Worker& worker, const QueuedTask& task) {
  worker.hushed.push_back(task.serial);
  --unsettled_;
}

void Pool::Impl::take_answers(Worker& worker) {
  if (stopped_ || worker.distrusted) return;
  WorkerLink::Response response;
  bool any = false;
  for (;;) {
    const WorkerLink::Next next = worker.link.next_response(response);
    if (next == WorkerLink::Next::nonsense) {
      distrust(worker, std::string{wrote_nonsense});
      return;
    }
    if (next == WorkerLink::Next::none) break;
    any = true;
    if (response.printed) drain_worker(worker);
    if (is_hushed(worker, worker.link.oldest())) {
      std::erase(worker.hushed, worker.link.oldest().serial);
    } else {
      tell_answer(worker, response);
    }
    static_cast<void>(worker.link.consume());
    worker.err.last_lines().clear();
  }
  if (!any) return;
  worker.link.release_consumed();
  worker.answered = true;
  worker.image->proven = true;
  worker.image->start_failures = 0;
  worker.last_used = now_;
  worker.claim_by.reset();
  rearm(worker, now_);
  // What a condemned worker was waited for is over.
  if (worker.state == Worker::State::ending && worker.link.claimed() == 0) {
    worker.kill_at.reset();
    signal_worker(worker, SIGKILL);
  }
}

void Pool::Impl::tell_answer(Worker& worker, const WorkerLink::Response& response) {
  const QueuedTask& task = worker.link.oldest();
  --unsettled_;
  if (response.kind == ResponseKind::refused) {
    listener_.task_refused(task.item.tag, base::as_text(response.content));
    return;
  }
  worker.image->functions[task.item.function].mean.add(response.ran);
  // Whether the pool or the worker woke first must not decide how a task ends that took about its timeout.
  if (task.item.timeout > Duration::zero() && response.ran >= task.item.timeout) {
    listener_.task_timed_out(task.item.tag, task.item.timeout, response.ran, worker.slot);
    return;
  }
  if (response.lost_bytes > 0)
    return listener_.result_lost(task.item.tag, response.ran, worker.slot, response.lost_bytes);
  listener_.task_finished(task.item.tag, response.kind == ResponseKind::value ? FinishKind::value : FinishKind::error,
                          response.ran, worker.slot, response.content);
}

void Pool::Impl::refuse(const QueuedTask& task, std::string_view reason) {
  --unsettled_;
  listener_.task_refused(task.item.tag, reason);
}

void Pool::Impl::refuse_backlog(Image& image, std::string_view reason) {
  while (!image.backlog.empty()) refuse(image.backlog.pop_front(), reason);
}

void Pool::Impl::put_back(Image& image, std::vector<QueuedTask>& tasks) {
  for (; !tasks.empty(); tasks.pop_back()) image.backlog.put_back(std::move(tasks.back()));
}

std::size_t Pool::Impl::take_unstarted(Worker& worker, std::size_t count) {
  worker.link.take_back(count, taken_);
  const std::size_t taken = taken_.size();
  put_back(*worker.image, taken_);
  rearm(worker, now_);
  return taken;
}

void Pool::Impl::rearm(Worker& worker, TimePoint now) {
  worker.expires_at.reset();
  if (worker.state != Worker::State::ready || worker.link.handed() == 0) return worker.claim_by.reset();
  if (!worker.claim_by) worker.claim_by = now + claim_time_max;
  const Duration timeout = worker.link.oldest().item.timeout;
  if (timeout > Duration::zero()) worker.expires_at = std::min(worker.link.started(0).value_or(now), now) + timeout;
}

void Pool::Impl::list_executing(TimePoint now, std::vector<Executing>& out) const {
  for (const auto& worker : workers_) {
    if (!worker || worker->link.claimed() == 0) continue;
    const std::size_t index = worker->link.claimed() - 1;
    const QueuedTask& task = worker->link.task(index);
    if (is_hushed(*worker, task)) continue;
    const TimePoint started = worker->link.started(index).value_or(now);
    out.push_back({task.item.tag, std::max<Duration>(now - started, Duration::zero())});
  }
}

}  // namespace blitzen::pool
