// Every way in which a task can fail is data.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): raise and the signals' names are POSIX
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <vector>

#include "cluster.hpp"

using namespace std::chrono_literals;

namespace {

struct SolverError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int solve(int x) {
  if (x < 0) throw SolverError("no solution for " + std::to_string(x));
  return x;
}

int die_by(int signal) {
  std::cerr << "last words" << std::endl;
  ::raise(signal);
  return 0;
}

int leave_with(int status) { std::exit(status); }

int wait_for_ever() {
  while (true) ::pause();
}

/// Its load() does not read what its save() wrote.
struct OneWay {
  template <class Archive>
  void save(Archive& archive) const {
    archive(1);
  }
  template <class Archive>
  void load(Archive& archive) {
    int ignored = 0;
    archive(ignored);
    throw std::runtime_error("cannot be read back");
  }
};

OneWay one_way() { return {}; }

int every_tenth_kills_its_worker(int i) {
  if (i % 10 == 0) ::raise(SIGSEGV);
  return i;
}

/// Throws in its load what users should not throw.
struct Unreadable {
  struct Speechless : std::exception {
    [[nodiscard]] const char* what() const noexcept override { return nullptr; }
  };

  int how = 0;

  template <class Archive>
  void save(Archive& archive) const {
    archive(how);
  }
  template <class Archive>
  void load(Archive& archive) {
    archive(how);
    if (how == 0) throw 42;
    if (how == 1) throw Speechless();
    throw std::bad_alloc();
  }
};

Unreadable make_unreadable(int how) { return {how}; }

}  // namespace

TEST_CASE("an exception arrives with its type and what()") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run(solve, -3);
  const auto outcome = dispatcher->get_result(task);
  REQUIRE_FALSE(outcome);
  CHECK(outcome.kind() == blitzen::OutcomeKind::error);
  CHECK(outcome.error().exception_what() == "no solution for -3");
  CHECK(outcome.error().exception_type().find("SolverError") != std::string::npos);
  CHECK_THROWS_AS(outcome.value(), blitzen::TaskError);
}

TEST_CASE("a task that keeps killing its worker is poisoned, and its outcome says how each one died") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run(die_by, SIGABRT);
  const auto outcome = dispatcher->get_result(task);
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::poisoned);
  REQUIRE(outcome.error().deaths().size() == 3);
  for (const auto& death : outcome.error().deaths()) {
    CHECK(death.signal == SIGABRT);
    CHECK(death.last_lines.find("last words") != std::string::npos);
    CHECK_FALSE(death.host.empty());
    CHECK(death.peak_memory_bytes > 0);
  }
  CHECK(outcome.error().message().find("SIGABRT") != std::string::npos);
  CHECK(outcome.error().message().find("its last words: last words") != std::string::npos);
}

TEST_CASE("worker_deaths_max 1 means never again") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto task = dispatcher->run({.worker_deaths_max = 1}, leave_with, 3);
  const auto outcome = dispatcher->get_result(task);
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::poisoned);
  REQUIRE(outcome.error().deaths().size() == 1);
  CHECK(outcome.error().deaths()[0].signal == 0);
  CHECK(outcome.error().deaths()[0].exit_status == 3);
}

TEST_CASE("only the tasks that kill their workers are charged, never their neighbours") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  std::vector<blitzen::Task<int>> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back(dispatcher->run(every_tenth_kills_its_worker, i));
  const auto outcomes = dispatcher->get_results(tasks);
  for (int i = 0; i < 100; ++i) {
    const auto& outcome = outcomes[static_cast<std::size_t>(i)];
    CAPTURE(i);
    if (i % 10 == 0) {
      REQUIRE(outcome.kind() == blitzen::OutcomeKind::poisoned);
      CHECK(outcome.error().message().find("SIGSEGV") != std::string::npos);
    } else {
      CHECK(outcome.value() == i);
    }
  }
}

TEST_CASE("a task that runs too long is timed out, and its slot goes on") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.workers = 1});
  const auto stuck = dispatcher->run({.timeout = 50ms, .name = "the stuck one"}, wait_for_ever);
  const auto next = dispatcher->run(solve, 4);
  const auto outcome = dispatcher->get_result(stuck);
  CHECK(outcome.kind() == blitzen::OutcomeKind::timed_out);
  CHECK(outcome.error().message() == "'the stuck one': timed out after 0.05 s");
  CHECK(dispatcher->get_result(next).value() == 4);
}

TEST_CASE("the dispatcher's timeout applies to tasks that ask for none") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind, {.timeout = 50ms});
  const auto outcome = dispatcher->get_result(dispatcher->run(wait_for_ever));
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::timed_out);
  CHECK(outcome.error().message() == "timed out after 0.05 s");
}

TEST_CASE("whatever a type's load throws is an error of its task") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const std::vector<blitzen::Task<Unreadable>> tasks{
      dispatcher->run(make_unreadable, 0), dispatcher->run(make_unreadable, 1), dispatcher->run(make_unreadable, 2)};
  const auto outcomes = dispatcher->get_results(tasks);
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].error().message().find("no std::exception") != std::string::npos);
  CHECK(outcomes[1].error().message().find("no std::exception") != std::string::npos);
  CHECK(outcomes[2].error().message().find("not enough memory for the result") != std::string::npos);
}

TEST_CASE("a result that cannot be decoded is an error of its task, and the others are not lost with it") {
  ON_BOTH_KINDS(kind);
  const auto dispatcher = cluster::make(kind);
  const auto outcome = dispatcher->get_result(dispatcher->run(one_way));
  REQUIRE(outcome.kind() == blitzen::OutcomeKind::error);
  CHECK(outcome.error().message().find("the result cannot be decoded") != std::string::npos);
}
