#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "base/unique_fd.hpp"
#include "blitzen/network.hpp"

TEST_CASE("the local address is one that a socket of this machine can be bound to") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::string text = blitzen::get_local_ip();
  CAPTURE(text);
  REQUIRE(::inet_pton(AF_INET, text.c_str(), &address.sin_addr) == 1);
  CHECK(address.sin_addr.s_addr != htonl(INADDR_ANY));
  const blitzen::base::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  CHECK(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}
