#include "pool/slot_plan.hpp"

#include <catch2/catch.hpp>

namespace blitzen::pool {
namespace {

using State = SlotView::State;
using Kind = SlotStep::Kind;
using Steps = std::vector<SlotStep>;

constexpr TimePoint start{std::chrono::hours{1}};

SlotView slot(State state, std::size_t image, Duration since = {}) {
  return {state, image, start + since, start + since};
}
ImageView waiting(std::size_t tasks, Duration served = {}) { return {tasks, true, false, start + served}; }

}  // namespace

TEST_CASE("as many workers are started as there are tasks and empty slots") {
  const std::vector<SlotView> slots(3);
  CHECK(plan_slots(slots, std::vector{waiting(2)}, start).steps == Steps{{Kind::start, 0, 0}, {Kind::start, 1, 0}});
  CHECK(plan_slots(slots, std::vector{waiting(9)}, start).steps.size() == 3);
  CHECK(plan_slots(slots, std::vector{waiting(0)}, start).steps.empty());
}

TEST_CASE("workers that are starting or idle count for the tasks that wait") {
  const std::vector slots{slot(State::fresh, 0), slot(State::idle, 0), SlotView{}};
  CHECK(plan_slots(slots, std::vector{waiting(2)}, start).steps.empty());
  CHECK(plan_slots(slots, std::vector{waiting(3)}, start).steps == Steps{{Kind::start, 2, 0}});
}

TEST_CASE("an image whose zygote is not ready gets nothing") {
  const std::vector<SlotView> slots(3);
  ImageView image = waiting(2);
  image.can_start = false;
  CHECK(plan_slots(slots, std::vector{image}, start).steps.empty());
}

TEST_CASE("an image that keeps warm gets every empty slot that nobody else needs") {
  const std::vector<SlotView> slots(3);
  ImageView warm = waiting(0);
  warm.keeps_warm = true;
  CHECK(plan_slots(slots, std::vector{warm, waiting(1)}, start).steps ==
        Steps{{Kind::start, 0, 1}, {Kind::start, 1, 0}, {Kind::start, 2, 0}});
}

TEST_CASE("the idle worker that was used least recently makes room for another image") {
  using namespace std::chrono_literals;
  const std::vector slots{slot(State::idle, 0, 2ms), slot(State::idle, 0, 1ms), slot(State::busy, 0)};
  CHECK(plan_slots(slots, std::vector{waiting(0), waiting(1)}, start).steps == Steps{{Kind::retire, 1, 0}});
}

TEST_CASE("a slot that is coming free is not freed twice") {
  const std::vector slots{slot(State::leaving, 0), slot(State::idle, 0)};
  CHECK(plan_slots(slots, std::vector{waiting(0), waiting(1)}, start).steps.empty());
}

TEST_CASE("an image above its share gives slots up to one below") {
  const std::vector slots{slot(State::busy, 0), slot(State::busy, 0), slot(State::busy, 0), slot(State::busy, 0)};
  const auto steps = plan_slots(slots, std::vector{waiting(9), waiting(9)}, start).steps;
  CHECK(steps == Steps{{Kind::vacate, 0, 0}, {Kind::vacate, 1, 0}});
}

TEST_CASE("a busy image without further tasks keeps its slots") {
  const std::vector slots{slot(State::busy, 0), slot(State::busy, 0)};
  CHECK(plan_slots(slots, std::vector{waiting(0), waiting(9)}, start).steps.empty());
}

TEST_CASE("with more images than slots each has its turn, and not more") {
  using namespace std::chrono_literals;
  const std::vector slots{slot(State::busy, 0)};
  const std::vector images{waiting(9, 2ms), waiting(9, 1ms)};
  const SlotPlan early = plan_slots(slots, images, start + 1ms);
  CHECK(early.steps.empty());
  CHECK(early.look_again == start + slot_turn);
  CHECK(plan_slots(slots, images, start + slot_turn).steps == Steps{{Kind::vacate, 0, 0}});
}

TEST_CASE("an empty slot goes to the image that was served longest ago") {
  using namespace std::chrono_literals;
  const std::vector<SlotView> slots(1);
  CHECK(plan_slots(slots, std::vector{waiting(9, 2ms), waiting(9, 1ms)}, start).steps == Steps{{Kind::start, 0, 1}});
}

}  // namespace blitzen::pool
