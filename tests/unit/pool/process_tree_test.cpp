#include "pool/process_tree.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <latch>
#include <thread>
#include <vector>

namespace blitzen::pool {

TEST_CASE("a process counts its threads") {
  const std::size_t before = count_threads();
  REQUIRE(before >= 1);
  std::latch counted{1};
  std::thread another([&] { counted.wait(); });
  CHECK(count_threads() == before + 1);
  counted.count_down();
  another.join();
}

TEST_CASE("a process lists all of its children, however many, also those of its threads") {
  // Their numbers take more room than is read at once.
  constexpr int count = 200;
  std::vector<pid_t> started;
  const auto start = [&] {
    const pid_t child = ::fork();
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    started.push_back(child);
  };
  for (int i = 0; i < count; ++i) start();
  CHECK(std::ranges::is_permutation(list_children(), started));
  std::latch counted{1};
  std::latch forked{1};
  std::thread another([&] {
    start();
    forked.count_down();
    counted.wait();
  });
  forked.wait();
  CHECK(std::ranges::is_permutation(list_children(), started));
  counted.count_down();
  another.join();
  for (const pid_t child : started) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  CHECK(list_children().empty());
}

}  // namespace blitzen::pool
