#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>

#include "base/unique_fd.hpp"
#include "tests/support/daemon.hpp"
#include "tests/support/temporary_directory.hpp"

using blitzen::testing::Daemon;
using blitzen::testing::TemporaryDirectory;

namespace fs = std::filesystem;

namespace {

/// blitzen-bench in a directory of its own, where it also makes its temporary files.
Daemon start_bench(const TemporaryDirectory& directory, std::vector<std::string> arguments) {
  return Daemon({.program = BENCH_PROGRAM,
                 .arguments = std::move(arguments),
                 .directory = directory.path(),
                 .environment = {{"TMPDIR", directory.path()}}});
}

bool is_of_bench(const fs::path& path) { return path.filename().string().starts_with("blitzen-bench"); }

/// The first entry of the directory that fits, now or as soon as it is made.
template <class Fits>
fs::path wait_for_entry(const fs::path& directory, Fits fits) {
  const blitzen::base::UniqueFd changes{::inotify_init1(IN_CLOEXEC)};
  REQUIRE(::inotify_add_watch(changes.get(), directory.c_str(), IN_CREATE) >= 0);
  for (;;) {
    for (const auto& entry : fs::directory_iterator(directory)) {
      if (fits(entry.path())) return entry.path();
    }
    pollfd changed{changes.get(), POLLIN, 0};
    const auto wait = std::chrono::milliseconds(blitzen::testing::patience).count();
    if (::poll(&changed, 1, static_cast<int>(wait)) != 1) FAIL("nothing that fits is made in " << directory);
    std::array<char, 4096> events;
    REQUIRE(::read(changes.get(), events.data(), events.size()) > 0);
  }
}

bool left_something_behind(const TemporaryDirectory& directory) {
  const fs::directory_iterator entries(directory.path());
  return std::any_of(begin(entries), end(entries), [](const auto& entry) { return is_of_bench(entry.path()); });
}

}  // namespace

TEST_CASE("blitzen-bench --quick runs every workload, finds every result right and leaves nothing behind") {
  const TemporaryDirectory directory;
  Daemon bench = start_bench(directory, {"--quick", "--reps", "1", "--json"});
  const int exit_status = bench.wait_exit();
  INFO(bench.text(Daemon::Stream::err));
  const auto json = nlohmann::json::parse(bench.text(Daemon::Stream::out));
  CHECK(json["failures"] == nlohmann::json::array());
  REQUIRE(exit_status == 0);
  std::set<std::string> ids;
  for (const auto& row : json["workloads"]) {
    INFO(row);
    ids.insert(row["id"]);
    CHECK(row["figure"]["samples"].size() == 1);
  }
  CHECK(ids == std::set<std::string>{"W1", "W10", "W11", "W12", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9"});
  CHECK_FALSE(left_something_behind(directory));
}

TEST_CASE("a workload that there is not is refused") {
  const TemporaryDirectory directory;
  Daemon bench = start_bench(directory, {"--only", "W13"});
  CHECK(bench.wait_exit() == 2);
  CHECK(bench.count_lines("there is no workload \"W13\"; see blitzen-bench --list") == 1);
}

TEST_CASE("an interrupted blitzen-bench leaves nothing behind") {
  const TemporaryDirectory directory;
  Daemon bench = start_bench(directory, {"--only", "W4"});
  const fs::path scratch = wait_for_entry(directory.path(), is_of_bench);
  wait_for_entry(scratch, [](const fs::path& path) { return path.filename() == "config"; });  // the server's key
  bench.signal(SIGINT);
  CHECK(bench.wait_exit() == 1);
  CHECK(bench.count_lines("error: interrupted") == 1);
  CHECK_FALSE(left_something_behind(directory));
}
