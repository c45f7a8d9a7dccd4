#include "base/size_text.hpp"

#include <catch2/catch.hpp>

using blitzen::base::size_text;

TEST_CASE("a size is told in the unit that fits") {
  CHECK(size_text(0) == "0 bytes");
  CHECK(size_text(1023) == "1023 bytes");
  CHECK(size_text(1024) == "1 KiB");
  CHECK(size_text(512ULL << 20U) == "512 MiB");
  CHECK(size_text(3ULL << 29U) == "1.5 GiB");
  CHECK(size_text(5ULL << 40U) == "5 TiB");
  CHECK(size_text(~0ULL) == "16777216 TiB");
}

TEST_CASE("what is a little more than a size is told as more") {
  CHECK(size_text((1ULL << 30U) + 1) == "1.01 GiB");
  CHECK(size_text((1ULL << 30U) + (1ULL << 27U)) == "1.13 GiB");
  CHECK(size_text((2ULL << 30U) - 1) == "2 GiB");
}
