#include "dispatch/wording.hpp"

#include <catch2/catch.hpp>
#include <csignal>

#include "proto/failure.hpp"

using namespace blitzen;

namespace {

detail::RawOutcome outcome_with(OutcomeKind kind, const base::SharedBytes& content) {
  return {kind, {}, content.bytes()};
}

}  // namespace

TEST_CASE("a death is told in one line") {
  const WorkerDeath death{.host = "node7", .process = 4711, .signal = SIGSEGV, .peak_memory_bytes = 3u << 20};
  CHECK(death.message() == "by SIGSEGV on node7 (process 4711, peak memory 3.0 MiB)");
}

TEST_CASE("a task's name is put before its message") {
  const auto content = dispatch::as_content(proto::timed_out(std::chrono::seconds{7}));
  const auto error = dispatch::in_words(outcome_with(OutcomeKind::timed_out, content), "sector 12");
  CHECK(error.message() == "'sector 12': timed out after 7 s");
  CHECK(error.kind() == OutcomeKind::timed_out);
}

TEST_CASE("a timeout of any length reads like a person would write it") {
  const auto text = [](std::chrono::nanoseconds timeout) { return proto::timed_out(timeout).message; };
  CHECK(text(std::chrono::milliseconds{1500}) == "timed out after 1.5 s");
  CHECK(text(std::chrono::hours{24}) == "timed out after 86400 s");
}

TEST_CASE("a report that cannot be read is told as such") {
  const auto content = base::SharedBytes::copy_of(base::as_bytes("x"));
  const auto error = dispatch::in_words(outcome_with(OutcomeKind::error, content), "");
  CHECK(error.message().find("cannot be read") != std::string::npos);
}

TEST_CASE("every kind of outcome has a name") {
  CHECK(std::string(to_string(OutcomeKind::value)) == "value");
  CHECK(std::string(to_string(OutcomeKind::expired)) == "expired");
}

TEST_CASE("a message is one line, whatever a program put into it") {
  const auto content = dispatch::as_content(proto::failure_saying("two\nlines \x1b[31m"));
  CHECK(dispatch::in_words(outcome_with(OutcomeKind::error, content), "").message() == "two lines  [31m");
}
