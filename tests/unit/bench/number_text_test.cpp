#include "apps/bench/number_text.hpp"

#include <catch2/catch.hpp>

using blitzen::bench::number_text;

TEST_CASE("numbers have three significant digits, or all of those before the point in groups of three") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(0.3) == "0.3");
  CHECK(number_text(0.0523) == "0.0523");
  CHECK(number_text(1.255) == "1.25");
  CHECK(number_text(12.34) == "12.3");
  CHECK(number_text(150) == "150");
  CHECK(number_text(1234.5) == "1,234");
  CHECK(number_text(1'523'000) == "1,523,000");
  CHECK(number_text(-0.25) == "-0.25");
  CHECK(number_text(-123'456) == "-123,456");
}
