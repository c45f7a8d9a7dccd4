#include <catch2/catch.hpp>

#include "tests/e2e/cluster.hpp"

namespace blitzen::e2e {

TEST_CASE("a program can be its own server, client and driver", "[embedded]") {
  const TemporaryDirectory directory;
  Daemon program({.program = own_program(), .arguments = {"--role", "embed-cluster"}, .directory = directory.path()});
  program.wait_for_line("sum: 332833500", 1, Daemon::Stream::out);
  CHECK(program.wait_exit() == 0);
}

}  // namespace blitzen::e2e
