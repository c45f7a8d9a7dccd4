#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <iostream>
#include <sstream>
#include <thread>

#include "apps/common/command_line.hpp"
#include "apps/common/run_guarded.hpp"

using namespace blitzen;
using app::run_guarded;

namespace {

/// What a stream is given until it goes out of scope.
class Capture {
 public:
  explicit Capture(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() { stream_.rdbuf(before_); }
  [[nodiscard]] std::string text() const { return text_.str(); }

 private:
  std::ostringstream text_;
  std::ostream& stream_;
  std::streambuf* before_;
};

}  // namespace

TEST_CASE("a program that ends by itself decides its exit status") {
  CHECK(run_guarded([] { return ExitCode::ok; }) == 0);
  CHECK(run_guarded([] { return ExitCode::task_failed; }) == 10);
}

TEST_CASE("a program that outlives its readers is told that a pipe has none, and goes on") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  ::close(pipe[0]);
  ssize_t written = 0;
  int error = 0;
  // The signal is left to the thread and ends with it.
  std::thread([&] {
    app::outlive_readers();
    written = ::write(pipe[1], "x", 1);
    error = errno;
  }).join();
  ::close(pipe[1]);
  CHECK(written == -1);
  CHECK(error == EPIPE);
}

TEST_CASE("an Error becomes one sentence on stderr and the exit status of its code") {
  const Capture stderr_text(std::cerr);
  CHECK(run_guarded([]() -> ExitCode { throw Error(ErrorCode::wrong_key, "the keys differ"); }) == 4);
  CHECK(stderr_text.text() == "error: the keys differ\n");
}

TEST_CASE("an error in the usage ends with status 2") {
  const Capture stderr_text(std::cerr);
  CHECK(run_guarded([]() -> ExitCode { throw app::UsageError("--port: must be a number"); }) == 2);
  CHECK(stderr_text.text() == "error: --port: must be a number\n");
}

TEST_CASE("an answer goes to stdout and is a success") {
  const Capture stdout_text(std::cout);
  CHECK(run_guarded([]() -> ExitCode { throw app::Answer{"blitzen 1.2.3\n"}; }) == 0);
  CHECK(stdout_text.text() == "blitzen 1.2.3\n");
}

TEST_CASE("any other exception is a failure that says what it is") {
  const Capture stderr_text(std::cerr);
  CHECK(run_guarded([]() -> ExitCode { throw std::out_of_range("vector::at"); }) == 1);
  CHECK(stderr_text.text() == "error: vector::at\n");
}
