#include "server/failures.hpp"

#include <catch2/catch.hpp>

namespace blitzen::server {
namespace {

using namespace std::chrono_literals;

TEST_CASE("what the server says about a task is one sentence that names the way out") {
  CHECK_THAT(over_task_limit(10).message, Catch::Contains("10 unsettled tasks") && Catch::Contains("--task-limit"));
  CHECK_THAT(leaves_too_many_out(5'000'000).message,
             Catch::Contains("5000000") && !Catch::Contains("--task-limit") && Catch::Contains("update"));
  CHECK(timed_out_by_server(7s).message ==
        "timed out after 7 s; its client did not end it in time, so the server gave up on it");
  CHECK(no_client_can("libfoo.so is missing").message == "no connected client can run the task: libfoo.so is missing");
  CHECK(no_client_can("").message == "no connected client can run the task");
  CHECK_THAT(arguments_too_large(5, 4).message, Catch::Contains("5 bytes") && Catch::Contains("the 4"));
}

TEST_CASE("the core's outcomes are the wire's") {
  CHECK(outcome_of(core::OutcomeKind::value) == proto::Outcome::value);
  CHECK(outcome_of(core::OutcomeKind::error) == proto::Outcome::error);
  CHECK(outcome_of(core::OutcomeKind::timed_out) == proto::Outcome::timed_out);
  CHECK(outcome_of(core::OutcomeKind::cancelled) == proto::Outcome::cancelled);
  CHECK(outcome_of(core::OutcomeKind::poisoned) == proto::Outcome::poisoned);
  CHECK(outcome_of(core::OutcomeKind::expired) == proto::Outcome::expired);
}

}  // namespace
}  // namespace blitzen::server
