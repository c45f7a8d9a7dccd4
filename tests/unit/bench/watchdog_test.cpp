#include "apps/bench/watchdog.hpp"

#include <catch2/catch.hpp>
#include <future>

using namespace blitzen::bench;

TEST_CASE("the watchdog says what does not come to an end") {
  std::promise<std::string> said;
  Watchdog watchdog([&](const std::string& sentence) { said.set_value(sentence); });
  watchdog.watch("W1, local", std::chrono::seconds{0});
  CHECK(said.get_future().get().starts_with("W1, local does not come to an end"));
}

TEST_CASE("a watchdog that watches nothing, or something that ends in time, says nothing") {
  const auto bark = [](const std::string& sentence) { FAIL(sentence); };
  const Watchdog idle(bark);
  Watchdog patient(bark);
  patient.watch("W1, local", std::chrono::hours{1});
}
