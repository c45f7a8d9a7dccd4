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

TEST_CASE("loopback is known by name and by address") {
  for (const char* host : {"localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"}) CHECK(is_loopback(host));
  for (const char* host : {"node7", "192.168.1.2", "::2", "", "127"}) CHECK_FALSE(is_loopback(host));
}

TEST_CASE("an IPv6 address stands in brackets before its port") {
  CHECK(with_port("::1", 50'000) == "[::1]:50000");
  CHECK(with_port("127.0.0.1", 1) == "127.0.0.1:1");
  CHECK(with_port("node7", 50'000) == "node7:50000");
}
