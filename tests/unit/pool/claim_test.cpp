#include "pool/claim.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace blitzen::pool {

TEST_CASE("tasks are claimed in order until there are none") {
  Claim claim;
  CHECK_FALSE(claim.claim_next());
  claim.extend(2);
  CHECK(claim.claim_next() == 0U);
  CHECK(claim.claim_next() == 1U);
  CHECK_FALSE(claim.claim_next());
}

TEST_CASE("only what is not claimed can be taken back") {
  Claim claim;
  claim.extend(5);
  REQUIRE(claim.claim_next() == 0U);
  CHECK(claim.take_back(0, 5, 2) == 2);
  CHECK(claim.take_back(0, 3, 100) == 2);
  CHECK(claim.take_back(0, 1, 100) == 0);
  CHECK_FALSE(claim.claim_next());
}

TEST_CASE("a claim that disagrees with what was handed over gives nothing back") {
  Claim claim;
  claim.extend(5);
  CHECK(claim.take_back(0, 9, 5) == 0);
  CHECK(claim.take_back(3, 5, 5) == 0);
}

TEST_CASE("every task is either claimed or taken back, never both") {
  constexpr std::uint32_t count = 100'000;
  Claim claim;
  claim.extend(count);
  std::uint32_t claimed = 0;
  std::thread worker{[&] {
    while (claim.claim_next()) ++claimed;
  }};
  std::uint32_t end = count;
  for (std::uint32_t taken = 1; taken != 0; end -= taken) taken = claim.take_back(0, end, 3);
  worker.join();
  CHECK(claimed == end);
}

}  // namespace blitzen::pool
