#include "pool/ring_queue.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <random>

namespace blitzen::pool {

TEST_CASE("a ring queue behaves like a deque") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  RingQueue<int> queue;
  std::deque<int> model;
  for (int step = 0; step < 20'000; ++step) {
    const auto choice = random() % 10;
    if (choice < 3) {
      queue.push_back(step);
      model.push_back(step);
    } else if (choice < 5) {
      queue.push_front(step);
      model.push_front(step);
    } else if (!model.empty() && choice < 7) {
      REQUIRE(queue.pop_front() == model.front());
      model.pop_front();
    } else if (!model.empty()) {
      REQUIRE(queue.pop_back() == model.back());
      model.pop_back();
    }
    REQUIRE(queue.size() == model.size());
  }
  for (std::size_t i = 0; i < model.size(); ++i) REQUIRE(queue[i] == model[i]);
}

}  // namespace blitzen::pool
