#include "pool/backlog.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <random>

namespace blitzen::pool {
namespace {

QueuedTask task(std::uint64_t serial) {
  QueuedTask made;
  made.item.tag = {7, serial * 3};
  made.serial = serial;
  return made;
}

Tag tag(std::uint64_t serial) { return {7, serial * 3}; }

}  // namespace

TEST_CASE("a backlog behaves like a sorted queue from which tasks vanish when they are cancelled") {
  const auto seed = GENERATE(range(1U, 6U));
  CAPTURE(seed);
  std::mt19937 random{seed};
  Backlog backlog;
  std::map<std::uint64_t, bool> model;
  std::vector<std::uint64_t> taken;  // from the front, to be put back
  std::uint64_t next = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto choice = random() % 12;
    if (choice < 5) {
      backlog.push_back(task(next));
      model[next++] = true;
    } else if (choice < 7 && !model.empty()) {
      taken.push_back(model.begin()->first);
      REQUIRE(backlog.pop_front().serial == taken.back());
      model.erase(model.begin());
    } else if (choice < 8 && !model.empty()) {
      REQUIRE(backlog.back().serial == model.rbegin()->first);
      REQUIRE(backlog.pop_back().serial == model.rbegin()->first);
      model.erase(std::prev(model.end()));
    } else if (choice < 9 && !taken.empty()) {
      backlog.put_back(task(taken.back()));
      model[taken.back()] = true;
      taken.pop_back();
    } else if (next > 0) {
      const std::uint64_t serial = random() % next;
      REQUIRE(backlog.cancel(tag(serial)) == (model.erase(serial) == 1));
    }
    REQUIRE(backlog.size() == model.size());
    REQUIRE(backlog.empty() == model.empty());
    if (!model.empty()) REQUIRE(backlog.front().serial == model.begin()->first);
  }
}

TEST_CASE("a task whose tag is used again is the one that is cancelled") {
  Backlog backlog;
  constexpr std::uint64_t many = 1000;
  for (std::uint64_t serial = 0; serial < many; ++serial) backlog.push_back(task(serial));
  CHECK(backlog.cancel(tag(many / 2)));
  CHECK_FALSE(backlog.cancel(tag(many / 2)));
  QueuedTask again = task(many);
  again.item.tag = tag(many / 2);
  backlog.push_back(again);
  CHECK(backlog.cancel(tag(many / 2)));
  CHECK(backlog.back().serial == many - 1);
}

TEST_CASE("a hundred thousand tasks are cancelled without searching for each of them") {
  Backlog backlog;
  constexpr std::uint64_t many = 100'000;
  for (std::uint64_t serial = 0; serial <= many; ++serial) backlog.push_back(task(serial));
  for (std::uint64_t serial = many; serial > 1; --serial) REQUIRE(backlog.cancel(tag(serial - 1)));
  CHECK(backlog.size() == 2);
}

}  // namespace blitzen::pool
