#include "pool/doorbell.hpp"

#include <poll.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <vector>

namespace blitzen::pool {
namespace {

bool is_rung(const Doorbell& doorbell) {
  pollfd event{doorbell.event(), POLLIN, 0};
  return ::poll(&event, 1, 0) == 1;
}

std::vector<std::uint32_t> collect(Doorbell& doorbell) {
  std::vector<std::uint32_t> slots;
  doorbell.collect([&](std::uint32_t slot) { slots.push_back(slot); });
  return slots;
}

}  // namespace

TEST_CASE("a pool that is awake is not rung for, but finds who announced") {
  Doorbell doorbell{200};
  doorbell.announce(3);
  doorbell.announce(130);
  doorbell.announce(3);
  CHECK_FALSE(is_rung(doorbell));
  CHECK(collect(doorbell) == std::vector<std::uint32_t>{3, 130});
  CHECK(collect(doorbell).empty());
}

TEST_CASE("a pool that sleeps on the descriptor is rung for once") {
  Doorbell doorbell{2};
  Doorbell worker{base::UniqueFd{::dup(doorbell.memory())}, base::UniqueFd{::dup(doorbell.event())}};
  REQUIRE(doorbell.fall_asleep(PoolSleep::on_descriptor));
  worker.announce(1);
  CHECK_FALSE(is_rung(doorbell));
  worker.ring();
  CHECK(is_rung(doorbell));
  CHECK_FALSE(doorbell.asleep());
  doorbell.clear_event();
  worker.ring();
  CHECK_FALSE(is_rung(doorbell));
}

TEST_CASE("a worker whose descriptor was closed learns that it cannot ring") {
  Doorbell pool{1};
  Doorbell worker{base::UniqueFd{::dup(pool.memory())}, base::UniqueFd{}};
  CHECK(worker.ring());
  REQUIRE(pool.fall_asleep(PoolSleep::on_descriptor));
  CHECK_FALSE(worker.ring());
}

TEST_CASE("a pool with news does not fall asleep") {
  Doorbell doorbell{2};
  doorbell.announce(0);
  CHECK_FALSE(doorbell.fall_asleep(PoolSleep::on_futex));
  CHECK_FALSE(doorbell.asleep());
}

TEST_CASE("a pool that was woken from the futex does not go on to sleep on the descriptor") {
  Doorbell doorbell{2};
  REQUIRE(doorbell.fall_asleep(PoolSleep::on_futex));
  doorbell.ring();
  CHECK_FALSE(doorbell.sleep_on_descriptor());
}

}  // namespace blitzen::pool
