// Which worker gets which task, and which image gets which slot.
#include <algorithm>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {

void Pool::Impl::balance() {
  bool all_spread = true;
  for (const auto& image : images_) {
    if (!image->backlog.empty() && is_refused(*image)) refuse_backlog(*image, image->refusal);
    hand_over(*image, Spread::as_worth);
    all_spread = rebalance(*image) && all_spread;
  }
  if (all_spread)
    spread_at_.reset();
  else if (!spread_at_)
    spread_at_ = now_ + unspread_max;
  assign_slots();
}

void Pool::Impl::hand_over(Image& image, Spread spread) {
  if (image.backlog.empty()) return;
  choose_takers(image, spread);
  if (takers_.empty()) return;
  std::size_t tasks = image.backlog.size();
  for (const Worker* worker : takers_) tasks += worker->link.handed();
  const std::size_t share = (tasks + takers_.size() - 1) / takers_.size();
  for (Worker* worker : takers_) {
    if (image.backlog.empty()) return;
    fill(*worker, share);
  }
}

/// Those who need not be woken come first.
void Pool::Impl::choose_takers(Image& image, Spread spread) {
  takers_.clear();
  const QueuedTask& next = image.backlog.front();
  std::size_t tasks = image.backlog.size();
  for (const auto& worker : in_slots()) {
    if (!worker || worker->image != &image || !worker->takes_tasks()) continue;
    if (worker->link.handed() >= depth(*worker, next)) continue;
    takers_.push_back(worker.get());
    tasks += worker->link.handed();
  }
  if (spread == Spread::wide) return;
  const std::size_t worth = workers_worth(tasks, mean_of(image, next));
  if (worth >= takers_.size()) return;
  std::partition(takers_.begin(), takers_.end(),
                 [](const Worker* worker) { return worker->link.handed() > 0 || !worker->link.sleeps(); });
  takers_.resize(worth);
}

std::optional<Duration> Pool::Impl::mean_of(const Image& image, const QueuedTask& task) {
  return image.functions[task.item.function].mean.value();
}

/// How many tasks the worker may hold if this is one of them.
std::size_t Pool::Impl::depth(const Worker& worker, const QueuedTask& task) {
  const std::size_t depth = hand_over_depth(mean_of(*worker.image, task));
  if (worker.link.handed() == 0) return depth;
  return std::min(depth, hand_over_depth(mean_of(*worker.image, worker.link.oldest())));
}

void Pool::Impl::fill(Worker& worker, std::size_t share) {
  Image& image = *worker.image;
  WorkerLink& link = worker.link;
  const bool was_idle = link.handed() == 0;
  while (!image.backlog.empty() && link.handed() < share) {
    QueuedTask& task = image.backlog.front();
    if (link.handed() >= depth(worker, task)) break;
    const WorkerLink::Handing handing = link.hand(task, *image.functions[task.item.function].definition);
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

/// Nobody is idle while another one holds tasks that it has not started. False: a little was left where it is.
bool Pool::Impl::rebalance(Image& image) {
  for (std::size_t rounds = 0; rounds < options_.slots && image.backlog.empty(); ++rounds) {
    bool anybody_idle = false;
    Worker* fullest = nullptr;
    for (const auto& worker : in_slots()) {
      if (!worker || worker->image != &image || worker->state != Worker::State::ready) continue;
      anybody_idle = anybody_idle || (worker->idle() && !worker->vacating);
      if (fullest == nullptr || worker->link.handed() > fullest->link.handed()) fullest = worker.get();
    }
    if (!anybody_idle || fullest->link.handed() < 2) return true;
    if (!worth_spreading(*fullest)) return false;
    if (take_unstarted(*fullest, fullest->link.handed() / 2) == 0) return true;
    hand_over(image, Spread::wide);
  }
  return true;
}

/// A little work is left where it is, but not for long: what is executing may take longer than others of its kind.
bool Pool::Impl::worth_spreading(const Worker& fullest) const {
  return worth_waking(fullest.link.handed() - 1, mean_of(*fullest.image, fullest.link.oldest())) ||
         (spread_at_ && *spread_at_ <= now_);
}

void Pool::Impl::note_who_works() {
  std::size_t working = 0;
  bool anybody_idle = false;
  only_quick_tasks_ = true;
  for (const auto& worker : in_slots()) {
    if (!worker) continue;
    anybody_idle = anybody_idle || (worker->idle() && worker->takes_tasks());
    if (worker->link.handed() == 0) continue;
    ++working;
    only_quick_tasks_ = only_quick_tasks_ && !worth_waking(1, mean_of(*worker->image, worker->link.oldest()));
  }
  working_ = working;
  wants_task_ = anybody_idle && (working == 0 || !only_quick_tasks_);
}

void Pool::Impl::assign_slots() {
  plan_again_.reset();
  bool wanting = false;
  for (const auto& image : images_) {
    if (!image->zygote && (!image->backlog.empty() || image->keeps_warm)) start_zygote(*image);
    if (!image->zygote || (image->backlog.empty() && !image->keeps_warm && worker_count(*image) == 0)) continue;
    wanting = wanting || worker_count(*image) < options_.slots;
  }
  for (const auto& worker : in_slots()) {
    if (worker && worker->vacating && worker->idle()) retire(*worker);
  }
  if (!wanting) return;
  const SlotPlan next = plan();
  plan_again_ = next.look_again;
  for (const SlotStep& step : next.steps) {
    switch (step.kind) {
      case SlotStep::Kind::start:
        fill_slot(static_cast<std::uint32_t>(step.slot), *images_[step.image]);
        break;
      case SlotStep::Kind::retire:
      case SlotStep::Kind::vacate:
        vacate(*workers_[step.slot]);
        break;
    }
  }
}

/// One that was idle when that was planned may have been handed a task since.
void Pool::Impl::vacate(Worker& worker) {
  if (worker.idle()) return retire(worker);
  worker.vacating = true;
  take_unstarted(worker, worker.link.handed());
}

void Pool::Impl::fill_slot(std::uint32_t slot, Image& image) {
  if (move_spare_to(slot, image))
    hand_over(image, Spread::as_worth);
  else
    start_worker(slot, image);
}

SlotPlan Pool::Impl::plan() const {
  std::vector<ImageView> images;
  for (const auto& image : images_) {
    const bool can_start =
        image->zygote && image->ready && image->fork_again_at <= now_ && image->forks_in_flight < forks_in_flight_max;
    images.push_back({image->backlog.size(), can_start, image->keeps_warm, image->served_last});
  }
  std::vector<SlotView> slots(options_.slots);
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
