#include "pool/slot_plan.hpp"

#include <algorithm>
#include <numeric>

namespace blitzen::pool {
namespace {

class Planner {
 public:
  Planner(std::span<const SlotView> slots, std::span<const ImageView> images, TimePoint now)
      : slots_(slots.begin(), slots.end()), images_(images), now_(now), held_(images.size()), unused_(images.size()) {
    for (const SlotView& slot : slots_) {
      if (slot.state == SlotView::State::leaving) ++coming_free_;
      if (slot.state == SlotView::State::empty || slot.state == SlotView::State::leaving) continue;
      ++held_[slot.image];
      if (slot.state != SlotView::State::busy) ++unused_[slot.image];
    }
    contenders_ = static_cast<std::size_t>(
        std::ranges::count_if(images_, [](const ImageView& image) { return image.waiting > 0; }));
    fair_share_ = std::max<std::size_t>(1, slots_.size() / std::max<std::size_t>(1, contenders_));
  }

  SlotPlan plan() {
    std::vector<std::size_t> order(images_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    // Those below their share first, and among them who has waited longest since its last turn.
    std::ranges::sort(order, [&](std::size_t left, std::size_t right) {
      const bool left_short = held_[left] < fair_share_;
      const bool right_short = held_[right] < fair_share_;
      if (left_short != right_short) return left_short;
      return images_[left].served_last < images_[right].served_last;
    });
    for (const std::size_t image : order) serve(image);
    for (const std::size_t image : order) {
      while (images_[image].keeps_warm && images_[image].can_start && start_in_empty_slot(image)) {
      }
    }
    return std::move(plan_);
  }

 private:
  void serve(std::size_t image) {
    if (!images_[image].can_start) return;
    while (images_[image].waiting > unused_[image] && held_[image] < slots_.size()) {
      if (start_in_empty_slot(image)) continue;
      if (coming_free_ > 0) {
        --coming_free_;
        reserve_for(image);
        continue;
      }
      if (!retire_idle_slot(image) && !vacate_contested_slot(image)) return;
      reserve_for(image);
    }
  }

  bool start_in_empty_slot(std::size_t image) {
    const auto slot = std::ranges::find(slots_, SlotView::State::empty, &SlotView::state);
    if (slot == slots_.end()) return false;
    slot->state = SlotView::State::fresh;
    slot->image = image;
    reserve_for(image);
    add(SlotStep::Kind::start, *slot, image);
    return true;
  }

  /// The least recently used one of an image that has nothing to do.
  bool retire_idle_slot(std::size_t image) {
    SlotView* chosen = nullptr;
    for (SlotView& slot : slots_) {
      if (slot.state != SlotView::State::idle || slot.image == image || images_[slot.image].waiting > 0) continue;
      if (chosen == nullptr || slot.last_used < chosen->last_used) chosen = &slot;
    }
    return chosen != nullptr && free(*chosen);
  }

  /// One of an image above its share or, where there are more images than slots, one whose turn is over.
  bool vacate_contested_slot(std::size_t image) {
    if (held_[image] >= fair_share_) return false;
    const bool by_turns = held_[image] == 0 && contenders_ > slots_.size();
    SlotView* chosen = nullptr;
    for (SlotView& slot : slots_) {
      if (slot.state != SlotView::State::busy && slot.state != SlotView::State::idle) continue;
      if (slot.image == image || images_[slot.image].waiting == 0) continue;
      const bool above_share = held_[slot.image] > fair_share_;
      const TimePoint turn_ends = slot.held_since + slot_turn;
      if (!above_share && by_turns && turn_ends > now_) look_again_at(turn_ends);
      if (!above_share && !(by_turns && turn_ends <= now_)) continue;
      if (chosen == nullptr || slot.held_since < chosen->held_since) chosen = &slot;
    }
    return chosen != nullptr && free(*chosen);
  }

  bool free(SlotView& slot) {
    add(slot.state == SlotView::State::idle ? SlotStep::Kind::retire : SlotStep::Kind::vacate, slot, slot.image);
    if (slot.state == SlotView::State::idle) --unused_[slot.image];
    --held_[slot.image];
    slot.state = SlotView::State::leaving;
    return true;
  }
  void reserve_for(std::size_t image) {
    ++held_[image];
    ++unused_[image];
  }
  void add(SlotStep::Kind kind, const SlotView& slot, std::size_t image) {
    plan_.steps.push_back({kind, static_cast<std::size_t>(&slot - slots_.data()), image});
  }
  void look_again_at(TimePoint when) { plan_.look_again = std::min(plan_.look_again.value_or(when), when); }

  std::vector<SlotView> slots_;
  std::span<const ImageView> images_;
  TimePoint now_;
  std::vector<std::size_t> held_;    // slots an image has or is about to get
  std::vector<std::size_t> unused_;  // those of them that can take a task
  std::size_t coming_free_ = 0;
  std::size_t contenders_ = 0;
  std::size_t fair_share_ = 1;
  SlotPlan plan_;
};

}  // namespace

SlotPlan plan_slots(std::span<const SlotView> slots, std::span<const ImageView> images, TimePoint now) {
  return Planner{slots, images, now}.plan();
}

}  // namespace blitzen::pool
