#include "pool/bulk_area.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <random>

namespace blitzen::pool {

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

TEST_CASE("an extent that a worker makes up is found out") {
  const BulkArea area{-1, 0, 1000};
  CHECK(area.contains({0, 1000}));
  CHECK_FALSE(area.contains({1, 1000}));
  CHECK_FALSE(area.contains({~std::uint64_t{0}, 2}));
  CHECK_FALSE(area.contains({1001, 0}));
}

TEST_CASE("a bulk area keeps its content while it grows, and gives its memory back") {
  constexpr std::uint64_t capacity = 64 * 1024 * 1024;
  const base::UniqueFd memory = make_shared_memory("test", capacity);
  BulkArea area{memory.get(), 0, capacity};
  std::strcpy(reinterpret_cast<char*>(area.at({0, 100})), "content");
  std::memset(area.at({40 * 1024 * 1024, 100}), 1, 100);
  CHECK(std::string{reinterpret_cast<char*>(area.at({0, 100}))} == "content");
  area.discard();
  struct stat status {};
  REQUIRE(::fstat(memory.get(), &status) == 0);
  CHECK(status.st_blocks == 0);
  CHECK(*area.at({0, 100}) == std::byte{0});
}

TEST_CASE("nobody can change the size of shared memory") {
  const base::UniqueFd memory = make_shared_memory("test", 4096);
  CHECK(::ftruncate(memory.get(), 0) != 0);
  CHECK(::ftruncate(memory.get(), 8192) != 0);
}

}  // namespace blitzen::pool
