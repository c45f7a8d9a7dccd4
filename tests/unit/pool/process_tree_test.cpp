#include "pool/process_tree.hpp"

#include <catch2/catch.hpp>
#include <latch>
#include <thread>

namespace blitzen::pool {

TEST_CASE("a process counts its threads") {
  const std::size_t before = count_threads();
  REQUIRE(before >= 1);
  std::latch counted{1};
  std::thread another([&] { counted.wait(); });
  CHECK(count_threads() == before + 1);
  counted.count_down();
  another.join();
}

}  // namespace blitzen::pool
