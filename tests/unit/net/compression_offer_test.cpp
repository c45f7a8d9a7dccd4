#include "net/compression_offer.hpp"

#include <catch2/catch.hpp>

namespace blitzen::net {
namespace {

bool offers(Compression choice, const char* own, const char* peer) {
  return offers_compression(choice, asio::ip::make_address(own), asio::ip::make_address(peer));
}

TEST_CASE("compression is offered to other machines only, unless one asks for more or less") {
  CHECK(offers(Compression::automatic, "192.0.2.1", "192.0.2.2"));
  CHECK(offers(Compression::automatic, "2001:db8::1", "2001:db8::2"));
  CHECK(offers(Compression::automatic, "::ffff:192.0.2.1", "::ffff:192.0.2.2"));
  CHECK(offers(Compression::on, "127.0.0.1", "127.0.0.1"));
  CHECK_FALSE(offers(Compression::off, "192.0.2.1", "192.0.2.2"));
}

TEST_CASE("compression is not offered within one machine by default") {
  CHECK_FALSE(offers(Compression::automatic, "127.0.0.1", "127.0.0.1"));
  CHECK_FALSE(offers(Compression::automatic, "127.0.0.1", "127.9.8.7"));
  CHECK_FALSE(offers(Compression::automatic, "::1", "::1"));
  CHECK_FALSE(offers(Compression::automatic, "::ffff:127.0.0.1", "::ffff:127.0.0.2"));
  CHECK_FALSE(offers(Compression::automatic, "192.0.2.1", "192.0.2.1"));
  CHECK_FALSE(offers(Compression::automatic, "::ffff:192.0.2.1", "::ffff:192.0.2.1"));
}

}  // namespace
}  // namespace blitzen::net
