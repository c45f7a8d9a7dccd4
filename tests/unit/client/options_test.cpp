#include <catch2/catch.hpp>

#include "blitzen/client.hpp"
#include "blitzen/error.hpp"

using namespace blitzen;

namespace {

ClientOptions sound_options() {
  ClientOptions options;
  options.server = "127.0.0.1";
  options.insecure = true;
  return options;
}

}  // namespace

TEST_CASE("a client needs a server to be named") {
  ClientOptions options = sound_options();
  options.server.clear();
  CHECK_THROWS_WITH(Client(options), Catch::Contains("server"));
}

TEST_CASE("a client cannot have a negative number of workers") {
  ClientOptions options = sound_options();
  options.workers = -1;
  CHECK_THROWS_WITH(Client(options), Catch::Contains("workers"));
}

TEST_CASE("a client that refuses shipped code needs task libraries") {
  ClientOptions options = sound_options();
  options.shipped_code = false;
  CHECK_THROWS_WITH(Client(options), Catch::Contains("--tasks"));
}

TEST_CASE("a client whose task library is missing does not start") {
  ClientOptions options = sound_options();
  options.tasks = {"./libmissing.so"};
  Client client(options);
  CHECK_THROWS_WITH(client.start(), Catch::Contains("libmissing.so"));
}

TEST_CASE("a client whose key file is missing does not start") {
  ClientOptions options = sound_options();
  options.insecure = false;
  options.key_file = "/nonexistent/cluster.key";
  Client client(options);
  CHECK_THROWS_AS(client.start(), Error);
}

TEST_CASE("a client that was never started can be stopped and destroyed") {
  Client client(sound_options());
  client.stop();
  client.stop_now();
  CHECK_NOTHROW(client.wait());
}
