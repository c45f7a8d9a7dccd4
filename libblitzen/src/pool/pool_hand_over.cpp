// Which worker gets which task, and which image gets which slot.
#include <algorithm>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {

void Pool::Impl::balance() {
  for (const auto& image : images_) {
    if (!image->backlog.empty() && is_refused(*image)) refuse_backlog(*image, image->refusal);
    hand_over(*image);
    rebalance(*image);
  }
  assign_slots();
}

void Pool::Impl::hand_over(Image& image) {
  if (image.backlog.empty()) return;
  std::size_t tasks = image.backlog.size();
  std::size_t takers = 0;
  for (const auto& worker : workers_) {
    if (!worker || worker->image != &image || !worker->takes_tasks()) continue;
    ++takers;
    tasks += worker->link.handed();
  }
  if (takers == 0) return;
  const std::size_t share = (tasks + takers - 1) / takers;
  for (const auto& worker : workers_) {
    if (image.backlog.empty()) return;
    if (worker && worker->image == &image && worker->takes_tasks()) fill(*worker, share);
  }
}

void Pool::Impl::fill(Worker& worker, std::size_t share) {
  Image& image = *worker.image;
  WorkerLink& link = worker.link;
  const bool was_idle = link.handed() == 0;
  while (!image.backlog.empty() && link.handed() < share) {
    QueuedTask& task = image.backlog.front();
    const Function& function = image.functions[task.item.function];
    std::size_t depth = hand_over_depth(function.mean.value());
    if (link.handed() > 0)
      depth = std::min(depth, hand_over_depth(image.functions[link.oldest().item.function].mean.value()));
    if (link.handed() >= depth) break;
    const WorkerLink::Handing handing = link.hand(task, *function.definition);
    if (handing == WorkerLink::Handing::no_room) break;
    const QueuedTask refused = image.backlog.pop_front();
    if (handing == WorkerLink::Handing::too_large)
      refuse(refused, "the task's arguments are too large to be passed to a worker: pass less, or a file name");
  }
  link.publish();
  if (!was_idle || link.handed() == 0) return;
  worker.last_used = now_;
  rearm(worker, now_);
}

/// Nobody is idle while another one holds tasks that it has not started.
void Pool::Impl::rebalance(Image& image) {
  for (std::size_t rounds = 0; rounds < workers_.size() && image.backlog.empty(); ++rounds) {
    bool anybody_idle = false;
    Worker* fullest = nullptr;
    for (const auto& worker : workers_) {
      if (!worker || worker->image != &image || worker->state != Worker::State::ready) continue;
      anybody_idle = anybody_idle || (worker->idle() && !worker->vacating);
      if (fullest == nullptr || worker->link.handed() > fullest->link.handed()) fullest = worker.get();
    }
    if (!anybody_idle || fullest->link.handed() < 2) return;
    if (take_unstarted(*fullest, fullest->link.handed() / 2) == 0) return;
    hand_over(image);
  }
}

void Pool::Impl::assign_slots() {
  plan_again_.reset();
  bool wanting = false;
  for (const auto& image : images_) {
    if (!image->zygote && (!image->backlog.empty() || image->keeps_warm)) start_zygote(*image);
    if (!image->zygote || (image->backlog.empty() && !image->keeps_warm && worker_count(*image) == 0)) continue;
    wanting = wanting || worker_count(*image) < workers_.size();
  }
  for (const auto& worker : workers_) {
    if (worker && worker->vacating && worker->idle()) retire(*worker);
  }
  if (!wanting) return;
  const SlotPlan next = plan();
  plan_again_ = next.look_again;
  for (const SlotStep& step : next.steps) {
    switch (step.kind) {
      case SlotStep::Kind::start:
        start_worker(static_cast<std::uint32_t>(step.slot), *images_[step.image]);
        break;
      case SlotStep::Kind::retire:
        retire(*workers_[step.slot]);
        break;
      case SlotStep::Kind::vacate:
        workers_[step.slot]->vacating = true;
        take_unstarted(*workers_[step.slot], workers_[step.slot]->link.handed());
        break;
    }
  }
}

SlotPlan Pool::Impl::plan() const {
  std::vector<ImageView> images;
  for (const auto& image : images_) {
    const bool can_start =
        image->zygote && image->ready && image->fork_again_at <= now_ && image->forks_in_flight < forks_in_flight_max;
    images.push_back({image->backlog.size(), can_start, image->keeps_warm, image->served_last});
  }
  std::vector<SlotView> slots(workers_.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Worker* worker = workers_[i].get();
    if (worker == nullptr) continue;
    SlotView& slot = slots[i];
    slot.image = worker->image->index;
    slot.held_since = worker->held_since;
    slot.last_used = worker->last_used;
    if (worker->state == Worker::State::ending || worker->vacating) {
      slot.state = SlotView::State::leaving;
    } else if (worker->state == Worker::State::starting) {
      slot.state = SlotView::State::fresh;
    } else {
      slot.state = worker->idle() ? SlotView::State::idle : SlotView::State::busy;
      images[slot.image].waiting += std::max<std::size_t>(worker->link.handed(), 1) - 1;
    }
  }
  return plan_slots(slots, images, now_);
}

}  // namespace blitzen::pool
