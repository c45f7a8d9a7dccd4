#include "pool/bulk_area.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <system_error>

namespace blitzen::pool {

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
  std::memcpy(area.at({0, 100}), "content", sizeof "content");
  std::memset(area.at({40 * 1024 * 1024, 100}), 1, 100);
  CHECK(std::string{reinterpret_cast<char*>(area.at({0, 100}))} == "content");
  area.discard();
  struct stat status {};
  REQUIRE(::fstat(memory.get(), &status) == 0);
  CHECK(status.st_blocks == 0);
  CHECK(*area.at({0, 100}) == std::byte{0});
}

TEST_CASE("a bulk area that cannot grow stays as it was") {
  constexpr std::uint64_t more_than_fits = std::uint64_t{1} << 50;
  const base::UniqueFd memory = make_shared_memory("test", 4096);
  BulkArea area{memory.get(), 0, 2 * more_than_fits};
  std::byte* const before = area.at({0, 100});
  *before = std::byte{5};
  CHECK_THROWS_AS(area.at({more_than_fits, 100}), std::system_error);
  CHECK(area.at({0, 100}) == before);
  CHECK(*before == std::byte{5});
}

TEST_CASE("the memory of one extent can be given back") {
  constexpr std::uint64_t capacity = 64 * 1024 * 1024;
  const base::UniqueFd memory = make_shared_memory("test", capacity);
  BulkArea area{memory.get(), 0, capacity};
  std::memset(area.at({0, 2'000'000}), 1, 2'000'000);
  area.discard({1'000'000, 1'000'000});
  struct stat status {};
  REQUIRE(::fstat(memory.get(), &status) == 0);
  CHECK(status.st_blocks * 512 < 1'100'000);
  CHECK(area.at({0, 2'000'000})[999'999] == std::byte{1});
  CHECK(area.at({0, 2'000'000})[1'000'000] == std::byte{0});
}

TEST_CASE("nobody can change the size of shared memory") {
  const base::UniqueFd memory = make_shared_memory("test", 4096);
  CHECK(::ftruncate(memory.get(), 0) != 0);
  CHECK(::ftruncate(memory.get(), 8192) != 0);
}

}  // namespace blitzen::pool
