#include "net/address.hpp"

#include <catch2/catch.hpp>

using namespace blitzen::net;

TEST_CASE("brackets around an IPv6 address are taken off") {
  CHECK(without_brackets("[::1]") == "::1");
  CHECK(without_brackets("::1") == "::1");
  CHECK(without_brackets("node7") == "node7");
  CHECK(without_brackets("[") == "[");
  CHECK(without_brackets("").empty());
}

TEST_CASE("an IPv6 address stands in brackets before its port") {
  CHECK(with_port("::1", 50'000) == "[::1]:50000");
  CHECK(with_port("127.0.0.1", 1) == "127.0.0.1:1");
  CHECK(with_port("node7", 50'000) == "node7:50000");
}
