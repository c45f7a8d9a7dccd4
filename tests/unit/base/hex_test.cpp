#include "base/hex.hpp"

#include <array>
#include <catch2/catch.hpp>

TEST_CASE("bytes are written as two hexadecimal digits each") {
  CHECK(blitzen::base::to_hex(std::array{std::byte{0x00}, std::byte{0x0f}, std::byte{0xa5}}) == "000fa5");
  CHECK(blitzen::base::to_hex({}).empty());
}
