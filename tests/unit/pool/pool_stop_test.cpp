#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <memory>
#include <sstream>

#include "pool/process_tree.hpp"
#include "pool_rig.hpp"

namespace blitzen::pool::testing {

TEST_CASE("stop leaves no process behind, stubborn tasks and their children included") {
  std::vector<pid_t> processes;
  {
    PoolRig rig{{.slots = 3}};
    rig.submit(fork_stubbornly);
    rig.submit(block);
    processes = rig.await_line("blocked");
    rig.run_until([&] { return rig.out.size() == 2; });
    rig.pool.stop(GENERATE(as<Duration>{}, std::chrono::milliseconds{0}, std::chrono::milliseconds{20}));
    CHECK(rig.told.empty());
    CHECK(list_children().empty());
  }
  for (const pid_t process : processes) CHECK(is_gone(process));
}

TEST_CASE("stop ends tasks that left their process group or stopped their zygote") {
  std::vector<pid_t> processes;
  {
    PoolRig rig;
    rig.submit(GENERATE(leave_group, stop_zygote));
    processes = rig.await_line("blocked");
    rig.pool.stop(std::chrono::milliseconds{20});
    CHECK(list_children().empty());
  }
  for (const pid_t process : processes) CHECK(is_gone(process));
}

TEST_CASE("the destructor stops") {
  {
    PoolRig rig{{.slots = 2}};
    rig.submit(block);
    rig.await_line("blocked");
  }
  CHECK(list_children().empty());
}

TEST_CASE("a pool can be stopped before anything has started, and more than once") {
  PoolRig rig;
  rig.submit(echo);
  rig.pool.stop(std::chrono::seconds{1});
  rig.pool.stop(std::chrono::seconds{1});
  rig.process();
  CHECK(rig.told.empty());
  CHECK_FALSE(rig.pool.next_deadline());
}

TEST_CASE("a pool can be stopped while its zygote is starting") {
  {
    PoolRig rig;
    rig.submit(echo);
    rig.process();
    rig.pool.stop(std::chrono::seconds{1});
    CHECK(rig.failures.empty());
  }
  CHECK(list_children().empty());
}

TEST_CASE("a process forked from the host does no harm with its copy of the pool") {
  auto rig = std::make_unique<PoolRig>(PoolOptions{.slots = 2});
  rig->wait_on_futex = GENERATE(false, true);
  rig->pool.wake_by(rig->wait_on_futex ? WakeBy::futex : WakeBy::descriptor);
  rig->submit(echo);
  rig->settle_all();
  const auto task = rig->submit(block);
  const auto worker = rig->await_line("blocked").at(0);
  const pid_t child = ::fork();
  if (child == 0) {
    rig->pool.cancel({42, task});
    rig->pool.retract(1);
    rig->process();
    rig->pool.interrupt();
    rig.reset();
    ::_exit(0);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(rig->settle(rig->submit(echo, "unharmed")).text == "unharmed");
  CHECK_FALSE(rig->was_told(task));
  CHECK(::kill(worker, 0) == 0);
  rig.reset();
  CHECK(list_children().empty());
}

TEST_CASE("workers and their children are gone when their host is killed") {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t host = ::fork();
  if (host == 0) {
    ::dup2(pipe[1], STDOUT_FILENO);
    ::execl("/proc/self/exe", "pool_tests", "--be-host", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(pipe[1]);
  std::FILE* lines = ::fdopen(pipe[0], "r");
  std::vector<pid_t> processes;
  std::array<char, 256> line{};
  for (int i = 0; i < 2; ++i) {
    REQUIRE(std::fgets(line.data(), line.size(), lines) != nullptr);
    std::istringstream words{line.data()};
    std::string blocked;
    words >> blocked;
    for (pid_t process = 0; words >> process;) processes.push_back(process);
  }
  REQUIRE(processes.size() == 4);
  ::kill(host, SIGKILL);
  ::waitpid(host, nullptr, 0);
  for (const pid_t process : processes) CHECK(is_gone(process));
  std::fclose(lines);
}

}  // namespace blitzen::pool::testing
