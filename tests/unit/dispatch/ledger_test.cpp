#include "dispatch/ledger.hpp"

#include <catch2/catch.hpp>

using namespace blitzen;
using dispatch::EntryState;
using dispatch::Ledger;

TEST_CASE("tasks are numbered from 0 in the order they are added") {
  Ledger ledger;
  CHECK(ledger.add({}) == 0);
  CHECK(ledger.add({}) == 1);
  CHECK(ledger.unsettled() == 2);
}

TEST_CASE("a task is settled once") {
  Ledger ledger;
  const auto number = ledger.add({});
  CHECK(ledger.settle(number, OutcomeKind::timed_out, std::chrono::seconds{1}, {}));
  CHECK_FALSE(ledger.settle(number, OutcomeKind::value, {}, {}));
  CHECK(ledger.find(number)->outcome == OutcomeKind::timed_out);
  CHECK(ledger.unsettled() == 0);
}

TEST_CASE("a cleared task is forgotten, its neighbours keep their numbers") {
  Ledger ledger;
  for (int i = 0; i < 3; ++i) (void)ledger.add({});
  ledger.clear(1);
  CHECK(ledger.find(1) == nullptr);
  CHECK(ledger.numbers() == std::vector<std::uint64_t>{0, 2});
  ledger.clear(0);
  CHECK(ledger.numbers() == std::vector<std::uint64_t>{2});
  CHECK(ledger.find(2)->state == EntryState::unsettled);
  CHECK_FALSE(ledger.settle(1, OutcomeKind::value, {}, {}));
  CHECK(ledger.unsettled() == 1);
  CHECK(ledger.add({}) == 3);
}

TEST_CASE("one task that is kept does not keep the memory of all that come after it") {
  Ledger ledger;
  const auto kept = ledger.add({});
  for (int i = 0; i < 1'000'000; ++i) ledger.clear(ledger.add({}));
  CHECK(ledger.find(kept) != nullptr);
  CHECK(ledger.numbers() == std::vector{kept});
  CHECK(ledger.kept_slots() < 10'000);
  CHECK(ledger.next_number() == 1'000'001);
}
