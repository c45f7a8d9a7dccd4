// Spares: where tasks have ended with their workers, a worker is started before the next one is missed. Starting one
// takes much longer than noticing that one has died.
#include <algorithm>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {

/// An image has at most one, which lives as long as its zygote unless it is used.
Pool::Impl::Worker* Pool::Impl::find_spare(const Image& image) const {
  for (std::size_t place = options_.slots; place < workers_.size(); ++place) {
    if (workers_[place] && workers_[place]->image == &image) return workers_[place].get();
  }
  return nullptr;
}

/// Into an empty slot. False: there is none.
bool Pool::Impl::move_spare_to(std::uint32_t slot, Image& image) {
  Worker* spare = find_spare(image);
  if (spare == nullptr || spare->state == Worker::State::ending) return false;
  workers_[slot] = std::move(workers_[spare->slot]);
  spare->slot = slot;
  spare->link.move_to(slot);
  spare->held_since = spare->last_used = image.served_last = now_;
  watch_as(spare->out.descriptor(), Source::worker_out, slot);
  watch_as(spare->err.descriptor(), Source::worker_err, slot);
  return true;
}

void Pool::Impl::keep_spares() {
  for (const auto& image : images_) {
    if (!image->keeps_spare || !image->zygote || !image->ready || find_spare(*image) != nullptr) continue;
    const bool at_work = !image->backlog.empty() || worker_count(*image) > 0;
    // Slots come first.
    if (at_work && image->forks_in_flight == 0 && image->fork_again_at <= now_) start_worker(place_for_spare(), *image);
  }
}

std::uint32_t Pool::Impl::place_for_spare() {
  const auto place = std::find(workers_.begin() + options_.slots, workers_.end(), nullptr);
  const auto index = static_cast<std::uint32_t>(place - workers_.begin());
  if (place == workers_.end()) workers_.emplace_back();
  return index;
}

}  // namespace blitzen::pool
