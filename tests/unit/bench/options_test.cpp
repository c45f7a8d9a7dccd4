#include "apps/bench/options.hpp"

#include <catch2/catch.hpp>

#include "apps/common/command_line.hpp"

using namespace blitzen::bench;
using blitzen::app::Answer;
using blitzen::app::UsageError;

namespace {

BenchProgram parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "blitzen-bench");
  std::vector<const char*> pointers;
  for (const auto& argument : arguments) pointers.push_back(argument.c_str());
  return parse_bench_options(static_cast<int>(pointers.size()), pointers.data());
}

}  // namespace

TEST_CASE("without options everything is measured five times with two workers") {
  const BenchProgram program = parse({});
  CHECK(program.settings.reps == 5);
  CHECK(program.settings.workers == 2);
  CHECK(program.only.empty());
  CHECK_FALSE(program.driver);
}

TEST_CASE("--only takes names separated by commas, and more than once") {
  CHECK(parse({"--only", "W1,W2", "--only", "W5"}).only == std::vector<std::string>{"W1", "W2", "W5"});
}

TEST_CASE("--quick leaves a hundredth of the tasks, and at least one") {
  const Settings quick = parse({"--quick"}).settings;
  CHECK(quick.count(5'000) == 50);
  CHECK(quick.count(20) == 1);
  CHECK(parse({}).settings.count(5'000) == 5'000);
}

TEST_CASE("a driver's command line makes a driver, and the help does not speak of it") {
  const auto program = parse(arguments_of({.port = 4711, .key_file = "/a/key", .tasks = 12}));
  REQUIRE(program.driver);
  CHECK(program.driver->port == 4711);
  CHECK(program.driver->key_file == "/a/key");
  CHECK(program.driver->tasks == 12);
  try {
    static_cast<void>(parse({"--help"}));
    FAIL("--help is not answered");
  } catch (const Answer& answer) {
    CHECK(answer.text.find("--driver") == std::string::npos);
    CHECK(answer.text.find("--require-goals") != std::string::npos);
  }
}

TEST_CASE("no repetitions make no sense") { CHECK_THROWS_AS(parse({"--reps", "0"}), UsageError); }
