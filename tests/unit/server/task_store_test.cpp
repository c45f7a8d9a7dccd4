#include "server/task_store.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace blitzen::server {
namespace {

StoredTask task_with(const std::string& arguments) {
  return {base::SharedBytes::copy_of(base::as_bytes(arguments)), {}, {}};
}

proto::Obituary death_on(const std::string& host) {
  proto::Obituary obituary;
  obituary.host = host;
  return obituary;
}

TEST_CASE("a stored task is 32 bytes beside its arguments") { CHECK(sizeof(StoredTask) == 32); }

TEST_CASE("a task is found until it is removed, and its number stays known") {
  TaskStore store;
  CHECK(store.is_new(3));
  CHECK(store.add(3, task_with("three")));
  CHECK_FALSE(store.is_new(3));
  REQUIRE(store.find(3) != nullptr);
  CHECK(base::as_text(store.find(3)->arguments.bytes()) == "three");
  CHECK(store.find(2) == nullptr);
  store.remove(3);
  CHECK(store.find(3) == nullptr);
  CHECK_FALSE(store.is_new(3));
  CHECK(store.size() == 0);
}

TEST_CASE("a number far ahead of all others is not stored") {
  TaskStore store;
  CHECK_FALSE(store.add(1'000'000'000'000, task_with("far")));
  CHECK(store.size() == 0);
}

TEST_CASE("a skipped number is known and leaves room for those after it") {
  TaskStore store;
  for (std::uint64_t number = 0; number < 2'000'000; ++number) store.skip(number);
  CHECK_FALSE(store.is_new(7));
  CHECK(store.add(2'000'000, task_with("next")));
  store.skip(2'000'000);
  CHECK(store.find(2'000'000) != nullptr);
}

TEST_CASE("obituaries are kept in order until they are taken or the task is removed") {
  TaskStore store;
  CHECK(store.add(0, task_with("")));
  store.add_death(0, death_on("node1"));
  store.add_death(0, death_on("node2"));
  store.add_death(1, death_on("of no task"));
  const auto deaths = store.take_deaths(0);
  REQUIRE(deaths.size() == 2);
  CHECK(deaths.front().host == "node1");
  CHECK(store.take_deaths(0).empty());
  CHECK(store.take_deaths(1).empty());
  store.add_death(0, death_on("node3"));
  store.remove(0);
  CHECK(store.take_deaths(0).empty());
}

}  // namespace
}  // namespace blitzen::server
