// Which image gets which slot. Pure: a picture of the pool in, steps out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pool/pool.hpp"

namespace blitzen::pool {

/// How long an image may keep a slot while others with fewer slots wait. Long against starting a worker.
inline constexpr Duration slot_turn = std::chrono::milliseconds{100};

struct SlotView {
  enum class State {
    empty,
    fresh,  ///< Its worker is being started: it will take tasks.
    idle,   ///< Its worker has nothing to do.
    busy,
    leaving,  ///< It will be empty soon.
  };
  State state = State::empty;
  std::size_t image = 0;   ///< Index of the image whose worker it holds, unless it is empty.
  TimePoint held_since{};  ///< Since that worker was started.
  TimePoint last_used{};   ///< When it last had something to do.
};

struct ImageView {
  std::size_t waiting = 0;  ///< Tasks that no worker executes.
  bool can_start = false;   ///< Workers can be started now.
  bool keeps_warm = false;  ///< Wants a worker in every empty slot.
  TimePoint served_last{};  ///< When it last got a slot.
};

struct SlotStep {
  enum class Kind {
    start,   ///< Start a worker of `image` in the empty slot.
    retire,  ///< End the slot's idle worker.
    vacate,  ///< Hand the slot's busy worker nothing more, and end it when it has become idle.
  };
  Kind kind;
  std::size_t slot;
  std::size_t image;  ///< For start.
  friend bool operator==(const SlotStep&, const SlotStep&) = default;
};

struct SlotPlan {
  std::vector<SlotStep> steps;
  std::optional<TimePoint> look_again;  ///< When to plan anew although nothing has happened.
};

[[nodiscard]] SlotPlan plan_slots(std::span<const SlotView> slots, std::span<const ImageView> images, TimePoint now);

}  // namespace blitzen::pool
