#include "base/gap_allocator.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace blitzen::base {

TEST_CASE("extents never overlap, and released ones are used again") {
  const auto seed = GENERATE(1U, 2U, 3U);
  CAPTURE(seed);
  std::mt19937 random{seed};
  constexpr std::uint64_t capacity = 64 * 1024;
  GapAllocator gaps{capacity};
  std::vector<Extent> taken;
  for (int step = 0; step < 5000; ++step) {
    if (random() % 2 == 0) {
      const std::uint64_t bytes = 1 + random() % 5000;
      const auto extent = gaps.allocate(bytes);
      if (!extent) continue;
      REQUIRE(extent->bytes >= bytes);
      REQUIRE(extent->offset + extent->bytes <= capacity);
      for (const Extent& other : taken)
        REQUIRE((extent->offset >= other.offset + other.bytes || other.offset >= extent->offset + extent->bytes));
      taken.push_back(*extent);
    } else if (!taken.empty()) {
      const std::size_t index = random() % taken.size();
      gaps.release(taken[index]);
      taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(index));
    }
  }
  for (const Extent& extent : taken) gaps.release(extent);
  CHECK(gaps.empty());
  CHECK(gaps.allocate(capacity));
}

TEST_CASE("the lowest gap is used, so that memory in use stays in use") {
  GapAllocator gaps{1024};
  const auto first = gaps.allocate(100);
  REQUIRE(gaps.allocate(100));
  gaps.release(*first);
  CHECK(gaps.allocate(64)->offset == 0);
}

TEST_CASE("an extent grows where it is if nothing is behind it") {
  GapAllocator gaps{1024};
  auto first = gaps.allocate(64);
  const auto second = gaps.allocate(64);
  CHECK_FALSE(gaps.extend(*first, 65));
  gaps.release(*second);
  REQUIRE(gaps.extend(*first, 200));
  CHECK(first->bytes == 256);
  CHECK(gaps.allocate(64)->offset == 256);
  CHECK_FALSE(gaps.extend(*first, 1025));
}

TEST_CASE("an extent that may grow has room for that") {
  GapAllocator gaps{1024};
  const auto first = gaps.allocate(128);
  REQUIRE(gaps.allocate(64));
  gaps.release(*first);
  auto growing = gaps.allocate(64, 256);
  REQUIRE(growing);
  CHECK(growing->offset == 192);
  CHECK(growing->bytes == 64);
  CHECK(gaps.allocate(256)->offset == 448);
  REQUIRE(gaps.extend(*growing, 128));
  CHECK(growing->bytes == 128);
  REQUIRE(gaps.extend(*growing, 256));
  CHECK_FALSE(gaps.extend(*growing, 257));
  CHECK_FALSE(gaps.allocate(64, 1024));
  CHECK_FALSE(gaps.allocate(64, 2000));
  CHECK(gaps.release({growing->offset, 64}).bytes == 256);
  CHECK(gaps.allocate(256)->offset == 192);
}

TEST_CASE("a range is free if no extent reaches into it") {
  GapAllocator gaps{1024};
  REQUIRE(gaps.allocate(256));
  const auto second = gaps.allocate(256);
  REQUIRE(gaps.allocate(256));
  CHECK_FALSE(gaps.is_free(256, 512));
  gaps.release(*second);
  CHECK(gaps.is_free(256, 512));
  CHECK_FALSE(gaps.is_free(255, 512));
  CHECK_FALSE(gaps.is_free(256, 513));
  CHECK(gaps.is_free(768, 1024));
}

}  // namespace blitzen::base
