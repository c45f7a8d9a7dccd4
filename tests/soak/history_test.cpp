// Whoever judges must be able to fail: every kind of breach, planted in a history.
#include "tests/soak/history.hpp"

#include <catch2/catch.hpp>

#include "tests/support/temporary_directory.hpp"

namespace blitzen::soak {
namespace {

Account account_of(const std::vector<std::string>& driver, const std::vector<std::string>& executed) {
  const testing::TemporaryDirectory directory;
  HistoryFile told(directory.path(), "driver-1");
  for (const auto& line : driver) told.note(line);
  HistoryFile file(directory.path(), executed_name);
  for (const auto& line : executed) file.note(line);
  return check_history(directory.path());
}

const std::vector<std::string> executed_once{"started 7 100 4711", "finished 7 100"};

}  // namespace

TEST_CASE("a history in order has nothing to report") {
  const Account account = account_of({"submitted 7", "value 7 100", "value 7 100"}, executed_once);
  CHECK(account.submitted == 1);
  CHECK(account.told == 1);
  CHECK(account.started == 1);
  CHECK(account.lost + account.doubled + account.changed + account.wrong + account.strange + account.failed == 0);
}

TEST_CASE("a task whose driver was told nothing is lost, unless the driver was killed") {
  CHECK(account_of({"submitted 7"}, executed_once).lost == 1);
  const Account account = account_of({"submitted 7", "killed"}, executed_once);
  CHECK(account.lost == 0);
  CHECK(account.excused == 1);
}

TEST_CASE("the values of two executions are one too many") {
  const Account account = account_of({"submitted 7", "value 7 100", "value 7 200"},
                                     {"started 7 100 1", "finished 7 100", "started 7 200 2", "finished 7 200"});
  CHECK(account.doubled == 1);
  CHECK(account.superseded == 1);
}

TEST_CASE("an outcome that becomes another kind has changed") {
  CHECK(account_of({"submitted 7", "value 7 100", "failed 7 timed out"}, executed_once).changed == 1);
  CHECK(account_of({"submitted 7", "failed 7 timed out", "value 7 100"}, executed_once).changed == 1);
}

TEST_CASE("a value of no execution, of an unfinished one or of another task's is wrong") {
  CHECK(account_of({"submitted 7", "value 7 100"}, {}).wrong == 1);
  CHECK(account_of({"submitted 7", "value 7 100"}, {"started 7 100 4711"}).wrong == 1);
  CHECK(account_of({"submitted 7", "submitted 8", "value 8 100"}, executed_once).wrong == 1);
  CHECK(account_of({"submitted 7", "wrong 7 100"}, executed_once).wrong == 1);
}

TEST_CASE("what nobody submitted is strange, and failures are counted by what they say") {
  CHECK(account_of({}, executed_once).strange == 1);
  const Account account = account_of({"submitted 7", "failed 7 the server was lost"}, {});
  CHECK(account.failed == 1);
  CHECK(account.failures.at("the server was lost") == 1);
}

TEST_CASE("figures travel as lines") {
  Figures figures;
  figures.at_most("lost", 1, 0);
  figures.tell("executions", 1234567);
  figures.miss("ended\tearly", "for\nlack of time");
  Figures again;
  again.take_lines(figures.to_lines());
  REQUIRE(again.all().size() == 3);
  CHECK(again.any(Verdict::missed));
  CHECK(again.all()[1].figure == "1,234,567");
  CHECK(again.all()[2].figure == "for lack of time");
}

TEST_CASE("numbers are written as people write them") {
  CHECK(number_text(0) == "0");
  CHECK(number_text(999) == "999");
  CHECK(number_text(1000) == "1,000");
  CHECK(number_text(1234.5) == "1,234.50");
  CHECK(number_text(-12) == "-12");
}

}  // namespace blitzen::soak
