#include "core/numbered_table.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace blitzen::core {

using Table = NumberedTable<int>;

TEST_CASE("a number is found from its insertion to its retirement") {
  Table table;
  CHECK(table.find(7) == nullptr);
  table.insert(7) = 42;
  REQUIRE(table.find(7) != nullptr);
  CHECK(*table.find(7) == 42);
  table.retire(7);
  CHECK(table.find(7) == nullptr);
}

TEST_CASE("a retired number is not new, also when its chunk is gone") {
  Table table;
  for (std::uint64_t number = 0; number < 3 * Table::chunk_slots; ++number) table.insert(number);
  for (std::uint64_t number = 0; number < 3 * Table::chunk_slots; ++number) table.retire(number);
  CHECK(table.size() == 0);
  CHECK_FALSE(table.is_new(0));
  CHECK_FALSE(table.is_new(3 * Table::chunk_slots - 1));
  CHECK(table.is_new(3 * Table::chunk_slots));
  CHECK(table.find(5) == nullptr);
}

TEST_CASE("chunks may be completed in any order") {
  Table table;
  for (std::uint64_t number = 0; number < 3 * Table::chunk_slots; ++number) table.insert(number);
  for (const std::uint64_t chunk : {1U, 0U, 2U}) {
    for (std::uint64_t i = 0; i < Table::chunk_slots; ++i) table.retire(chunk * Table::chunk_slots + i);
    CHECK_FALSE(table.is_new(chunk * Table::chunk_slots));
  }
  table.insert(3 * Table::chunk_slots) = 1;
  CHECK(table.size() == 1);
}

TEST_CASE("a slot stays where it is while others come and go") {
  Table table;
  int* slot = &table.insert(Table::chunk_slots);
  for (std::uint64_t number = 0; number < Table::chunk_slots; ++number) table.insert(number);
  for (std::uint64_t number = 0; number < Table::chunk_slots; ++number) table.retire(number);
  CHECK(table.find(Table::chunk_slots) == slot);
}

TEST_CASE("as many numbers may be missing as missing_max says") {
  Table table;
  CHECK(table.admits(Table::missing_max));
  CHECK_FALSE(table.admits(Table::missing_max + 1));
  table.insert(Table::missing_max);
  CHECK_FALSE(table.admits(Table::missing_max + 2));
  CHECK(table.admits(Table::missing_max + 1));
  table.insert(0);
  CHECK(table.admits(Table::missing_max + 2));
}

TEST_CASE("a skipped number is neither new, nor present, nor missing") {
  Table table;
  const std::uint64_t skipped = 2 * Table::missing_max;
  for (std::uint64_t number = 0; number < skipped; ++number) table.skip(number);
  CHECK(table.size() == 0);
  CHECK_FALSE(table.is_new(0));
  CHECK(table.find(skipped - 1) == nullptr);
  CHECK(table.admits(skipped));
}

TEST_CASE("the first missing number is the lowest that did not come") {
  Table table;
  CHECK(table.first_missing() == 0);
  table.insert(1);
  CHECK(table.first_missing() == 0);
  table.insert(0);
  CHECK(table.first_missing() == 2);
  for (std::uint64_t number = 2; number < 3 * Table::chunk_slots; ++number) table.skip(number);
  CHECK(table.first_missing() == 3 * Table::chunk_slots);
}

TEST_CASE("a table may begin with any number, and the ones before are done with") {
  const std::uint64_t first = GENERATE(std::uint64_t{1}, Table::chunk_slots, 5'000'000'001);
  Table table(first);
  CHECK_FALSE(table.is_new(first - 1));
  CHECK(table.is_new(first));
  CHECK(table.first_missing() == first);
  CHECK(table.admits(first + Table::missing_max));
  CHECK_FALSE(table.admits(first + Table::missing_max + 1));
  for (std::uint64_t number = first; number < first + 2 * Table::chunk_slots; ++number) {
    table.insert(number) = 1;
    REQUIRE(table.find(number) != nullptr);
    table.retire(number);
  }
  CHECK(table.size() == 0);
  CHECK(table.kept_slots() <= Table::chunk_slots);
}

TEST_CASE("lower numbers can be done with all at once; those that came stay") {
  Table table;
  const std::uint64_t first = 5 * Table::chunk_slots + 7;
  for (const std::uint64_t number : {std::uint64_t{3}, 2 * Table::chunk_slots, first + 9}) table.insert(number) = 1;
  table.skip_below(first);
  CHECK(table.size() == 3);
  CHECK(table.find(3) != nullptr);
  CHECK_FALSE(table.is_new(4));
  CHECK_FALSE(table.is_new(first - 1));
  CHECK(table.is_new(first));
  CHECK(table.first_missing() == first);
  table.retire(3);
  table.retire(2 * Table::chunk_slots);
  table.retire(first + 9);
  CHECK(table.kept_slots() == Table::chunk_slots);
  table.skip_below(2);
  CHECK(table.first_missing() == first);
}

TEST_CASE("a visit goes through the present numbers upwards") {
  Table table;
  for (const std::uint64_t number : {5000U, 3U, 70U}) table.insert(number) = static_cast<int>(number);
  table.retire(70);
  std::vector<int> visited;
  table.for_each([&](std::uint64_t, int value) { visited.push_back(value); });
  CHECK(visited == std::vector{3, 5000});
}

}  // namespace blitzen::core
