#include "base/standard_streams.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

namespace {

/// In a child, because the test program needs its streams.
int with_streams_closed() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(STDIN_FILENO);
    ::close(STDERR_FILENO);
    blitzen::base::open_standard_streams();
    const int next = ::open("/dev/null", O_RDONLY);
    ::_exit(next > STDERR_FILENO && ::write(STDERR_FILENO, "x", 1) == 1 ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("what is opened later does not take the place of a closed standard stream") {
  CHECK(with_streams_closed() == 0);
}
