// Spares: where tasks have ended with their workers, a worker is started before the next one is missed. Starting one
// takes much longer than noticing that one has died.
#include <algorithm>

#include "pool/pool_impl.hpp"

namespace blitzen::pool {
namespace {

/// A spare that cannot live is no reason to keep trying, nor to try less hard for the slots.
constexpr Duration first_spare_pause = std::chrono::milliseconds{10};
constexpr unsigned spare_failures_max = 10;  // which is 10 s

}  // namespace

/// An image has at most one.
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
  image.spare_failures = 0;
  watch_as(spare->out.descriptor(), Source::worker_out, slot);
  watch_as(spare->err.descriptor(), Source::worker_err, slot);
  return true;
}

bool Pool::Impl::wants_spare(const Image& image) const {
  if (!image.keeps_spare || !image.zygote || !image.ready || find_spare(image) != nullptr) return false;
  return !image.backlog.empty() || worker_count(image) > 0;
}

void Pool::Impl::keep_spares() {
  for (const auto& image : images_) {
    if (!image->keeps_spare) continue;
    if (Worker* spare = find_spare(*image)) end_useless(*spare);
    // Slots come first.
    if (image->forks_in_flight > 0 || image->fork_again_at > now_ || image->spare_again_at > now_) continue;
    if (wants_spare(*image)) start_worker(place_for_spare(), *image);
  }
}

/// Of an image that other images have driven out of all slots.
void Pool::Impl::end_useless(Worker& spare) {
  const Image& image = *spare.image;
  if (spare.state != Worker::State::ready || !image.backlog.empty() || worker_count(image) > 0) return;
  const bool driven_out = std::ranges::any_of(in_slots(), [](const auto& worker) { return worker != nullptr; });
  if (driven_out) retire(spare);
}

void Pool::Impl::spare_failed(Image& image) {
  image.spare_again_at = now_ + first_spare_pause * (1U << std::min(image.spare_failures++, spare_failures_max));
}

std::uint32_t Pool::Impl::place_for_spare() {
  const auto place = std::find(workers_.begin() + options_.slots, workers_.end(), nullptr);
  const auto index = static_cast<std::uint32_t>(place - workers_.begin());
  if (place == workers_.end()) workers_.emplace_back();
  return index;
}

}  // namespace blitzen::pool
