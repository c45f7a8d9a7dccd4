// What a dispatcher says when it ends before its tasks.
#include <catch2/catch.hpp>
#include <stdexcept>

#include "cluster.hpp"
#include "log_file.hpp"

namespace {

using Catch::Matchers::Contains;

int identity(int x) { return x; }

}  // namespace

TEST_CASE("a dispatcher that is destroyed before its tasks have outcomes says so") {
  const LogFile log;
  {
    blitzen::DistributedDispatcher nobody_serves({.port = 1, .insecure = true});
    (void)nobody_serves.run(identity, 1);
  }
  CHECK_THAT(log.text(), Contains("1 task has no outcome yet and is cancelled"));
  CHECK_THAT(log.text(), Contains("join()"));
}

TEST_CASE("a dispatcher that is shut down, or ends because of an exception, says nothing of its tasks") {
  ON_BOTH_KINDS(kind);
  const LogFile log;
  {
    const auto dispatcher = cluster::make(kind);
    for (int i = 0; i < 1000; ++i) (void)dispatcher->run(identity, i);
    dispatcher->shutdown();
  }
  try {
    const auto dispatcher = cluster::make(kind);
    for (int i = 0; i < 1000; ++i) (void)dispatcher->run(identity, i);
    throw std::runtime_error("of the user");
  } catch (const std::runtime_error&) {
  }
  {
    const auto dispatcher = cluster::make(kind);
    (void)dispatcher->get_result(dispatcher->run(identity, 1));
  }
  CHECK_THAT(log.text(), !Contains("no outcome yet"));
}
