#include "server/refusal_log.hpp"

#include <catch2/catch.hpp>
#include <vector>

using namespace blitzen::server;

TEST_CASE("a few refusals are told one by one, a flood of them by its number") {
  asio::io_context io;
  std::vector<std::string> said;
  RefusalLog log(
      io, [&](const std::string& sentence) { said.push_back(sentence); }, std::chrono::milliseconds{1});
  for (std::uint64_t i = 0; i < RefusalLog::sentences_max; ++i) log.note("a stranger was refused");
  CHECK(said.size() == RefusalLog::sentences_max);
  log.note("one too many");
  log.note("two too many");
  CHECK(said.size() == RefusalLog::sentences_max);
  io.run();
  REQUIRE(said.size() == RefusalLog::sentences_max + 1);
  CHECK(said.back() == "2 more peers refused within 0 s");

  log.note("a stranger in the next period");
  CHECK(said.back() == "a stranger in the next period");
}
