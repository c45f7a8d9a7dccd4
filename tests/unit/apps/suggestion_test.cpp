#include "apps/common/suggestion.hpp"

#include <catch2/catch.hpp>

using blitzen::app::nearest;

TEST_CASE("a name with a typing error is recognised") {
  const std::vector<std::string> names{"server", "port", "workers", "log-file", "no-shipped-code"};
  CHECK(nearest("sever", names) == "server");
  CHECK(nearest("prot", names) == "port");
  CHECK(nearest("worker", names) == "workers");
  CHECK(nearest("log_fil", names) == "log-file");
  CHECK(nearest("no-shiped-cod", names) == "no-shipped-code");
}

TEST_CASE("a name that is cut short is recognised") {
  CHECK(nearest("p", {"server", "port"}) == "port");
  CHECK(nearest("log", {"port", "log-file"}) == "log-file");
}

TEST_CASE("nothing is suggested for another word") {
  CHECK(nearest("colour", {"server", "port"}).empty());
  CHECK(nearest("", {"server", "port"}).empty());
  CHECK(nearest("host", {}).empty());
}
