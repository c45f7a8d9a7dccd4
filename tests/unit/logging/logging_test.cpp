#include "blitzen/logging.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "blitzen/error.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace blitzen;
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;
namespace fs = std::filesystem;

namespace {

/// Sends the log to a file of its own, and puts the defaults back afterwards.
class LogRig {
 public:
  LogRig() { logging::set_logfile(file()); }
  LogRig(const LogRig&) = delete;
  LogRig& operator=(const LogRig&) = delete;
  ~LogRig() {
    logging::set_loglevel(logging::Level::info);
    logging::enable();
  }

  [[nodiscard]] fs::path file() const { return directory_.path() / "log"; }
  [[nodiscard]] std::vector<std::string> lines() const { return lines_of(file()); }
  [[nodiscard]] static std::vector<std::string> lines_of(const fs::path& file) {
    std::ifstream stream(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }

 private:
  blitzen::testing::TemporaryDirectory directory_;
};

/// Sends stderr to a file until it goes out of scope.
class StderrInto {
 public:
  explicit StderrInto(const fs::path& file) : before_(::dup(STDERR_FILENO)) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    ::dup2(fd, STDERR_FILENO);
    ::close(fd);
  }
  StderrInto(const StderrInto&) = delete;
  StderrInto& operator=(const StderrInto&) = delete;
  ~StderrInto() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

}  // namespace

TEST_CASE("a line has the time, the name, the level and the message") {
  const LogRig rig;
  logging::get_logger().info("message");
  logging::get_logger().warning("message");
  logging::get_logger().error("message");
  const std::string time = "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}";
  const auto lines = rig.lines();
  REQUIRE(lines.size() == 3);
  CHECK_THAT(lines[0], Matches(time + " blitzen  INFO     message"));
  CHECK_THAT(lines[1], Matches(time + " blitzen  WARNING  message"));
  CHECK_THAT(lines[2], Matches(time + " blitzen  ERROR    message"));
}

TEST_CASE("messages below the level are not written") {
  const LogRig rig;
  logging::get_logger().debug("too detailed");
  CHECK_FALSE(logging::get_logger().writes(logging::Level::debug));
  logging::set_loglevel("error");
  logging::get_logger().warning("not bad enough");
  CHECK(rig.lines().empty());
  logging::set_loglevel(logging::Level::debug);
  logging::get_logger().debug("wanted now");
  CHECK(rig.lines().size() == 1);
}

TEST_CASE("a disabled log writes nothing and remembers its level") {
  const LogRig rig;
  logging::set_loglevel(logging::Level::warning);
  logging::disable();
  logging::get_logger().error("unheard");
  CHECK(rig.lines().empty());
  logging::enable();
  logging::get_logger().info("below the level");
  logging::get_logger().warning("heard");
  CHECK(rig.lines().size() == 1);
}

TEST_CASE("a message is always one line, whatever it holds") {
  const LogRig rig;
  logging::get_logger().info("a\nb\x1b[31m\rc {} %v");
  REQUIRE(rig.lines().size() == 1);
  CHECK_THAT(rig.lines().front(), Contains("a\\nb\\x1b[31m\\x0dc {} %v"));
}

TEST_CASE("a second log file takes the place of the first") {
  const LogRig rig;
  const auto second = rig.file().parent_path() / "deep" / "second";
  logging::set_logfile(second);
  logging::get_logger().info("message");
  CHECK(rig.lines().empty());
  CHECK(LogRig::lines_of(second).size() == 1);
}

TEST_CASE("a log file that cannot be opened is an error that names it, and the log goes on") {
  const LogRig rig;
  const auto directory = rig.file().parent_path();
  try {
    logging::set_logfile(directory);
    FAIL("a directory was taken for a log file");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::system);
    CHECK(error.what() == "cannot open the log file " + directory.string() + ", choose another one: Is a directory");
  }
  logging::get_logger().info("message");
  CHECK(rig.lines().size() == 1);
}

TEST_CASE("a log file that cannot be written is told of once, on stderr") {
  const LogRig rig;
  const auto errors = rig.file().parent_path() / "stderr";
  {
    const StderrInto redirected(errors);
    logging::set_logfile("/dev/full");
    for (int i = 0; i < 3; ++i) logging::get_logger().info("message");
    logging::set_logfile(rig.file());
  }
  const auto lines = LogRig::lines_of(errors);
  REQUIRE(lines.size() == 4);
  const auto expected = " blitzen  ERROR    lines are missing in the log file /dev/full: No space left on device";
  CHECK(std::count_if(lines.begin(), lines.end(), [&](const auto& line) { return line.ends_with(expected); }) == 1);
}

TEST_CASE("an unknown level is an error that lists the known ones") {
  CHECK_THROWS_WITH(logging::set_loglevel("loud"), Contains("debug, info, warning or error"));
}

TEST_CASE("lines of several threads do not mix") {
  const LogRig rig;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int n = 0; n < 50; ++n) logging::get_logger().info(std::string(40, 'x'));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto lines = rig.lines();
  REQUIRE(lines.size() == 200);
  for (const auto& line : lines) CHECK_THAT(line, Catch::Matchers::EndsWith(" INFO     " + std::string(40, 'x')));
}
