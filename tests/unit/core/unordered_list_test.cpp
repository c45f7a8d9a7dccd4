#include "core/unordered_list.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace blitzen::core {

TEST_CASE("the last entry takes the place of the one removed") {
  std::vector<int> list{1, 2, 3};
  CHECK(remove_unordered(list, 0));
  CHECK(list == std::vector{3, 2});
  CHECK_FALSE(remove_unordered(list, 1));
  CHECK(list == std::vector{3});
}

TEST_CASE("a list that was long gives its memory back") {
  std::vector<int> list(1'000'000);
  while (list.size() > 10) remove_unordered(list, 0);
  CHECK(list.capacity() < 2000);
}

}  // namespace blitzen::core
