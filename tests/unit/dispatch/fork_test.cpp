// Dispatchers in a process that the driver forked: they are the parent's.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>

#include "cluster.hpp"

/// True in a forked child.
static bool threads_are_gone = false;

// Sanitizers ask for these by name. What the parent's threads own looks lost in a child, and so do the threads.
extern "C" int __lsan_is_turned_off() { return threads_are_gone ? 1 : 0; }           // NOLINT(bugprone-reserved*)
extern "C" const char* __tsan_default_options() { return "report_thread_leaks=0"; }  // NOLINT(bugprone-reserved*)

namespace {

constexpr unsigned child_seconds_max = 60;  ///< A child that hangs ends, by SIGALRM.

int identity(int x) { return x; }
int wait_for_ever() {
  while (true) ::pause();
}

/// Does `work` in a forked child, and there ends with its result. Returns the wait status.
int in_child(const std::function<int()>& work, const std::function<void(int)>& leave = ::_exit) {
  std::cout.flush();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    threads_are_gone = true;
    ::alarm(child_seconds_max);
    leave(work());
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return status;
}

/// The code of what `call` throws; -1 if it throws nothing.
int code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const blitzen::Error& error) {
    return static_cast<int>(error.code());
  }
  return -1;
}

/// A dispatcher with a task that is settled and one that never will be.
struct Parent {
  explicit Parent(cluster::Kind kind) : dispatcher(cluster::make(kind)) {
    settled = dispatcher->run(identity, 1);
    REQUIRE(dispatcher->get_result(settled));
    endless = dispatcher->run(wait_for_ever);
  }

  void check_unharmed() {
    CHECK(dispatcher->get_result(dispatcher->run(identity, 7)).value_or(0) == 7);
    CHECK_FALSE(dispatcher->ready(endless));
    CHECK(dispatcher->get_result(settled).value_or(0) == 1);
  }

  std::unique_ptr<blitzen::Dispatcher> dispatcher;
  blitzen::Task<int> settled;
  blitzen::Task<int> endless;
};

}  // namespace

TEST_CASE("a forked child destroys its copy of a dispatcher, and the parent's goes on") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  CHECK(in_child([&] {
          parent.dispatcher.reset();
          return 0;
        }) == 0);
  parent.check_unharmed();
}

TEST_CASE("a forked child shuts down its copy of a dispatcher, and the parent's goes on") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  CHECK(in_child([&] {
          parent.dispatcher->shutdown();
          return 0;
        }) == 0);
  parent.check_unharmed();
}

TEST_CASE("a forked child calls exit() while its copy of a dispatcher is static, and the parent's goes on") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  CHECK(in_child(
            [&] {
              static std::unique_ptr<blitzen::Dispatcher> dispatcher;
              dispatcher = std::move(parent.dispatcher);
              return 0;
            },
            ::exit) == 0);
  parent.check_unharmed();
}

TEST_CASE("whatever a forked child asks of its copy of a dispatcher is refused") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  blitzen::Dispatcher& dispatcher = *parent.dispatcher;
  const std::vector<std::function<void()>> calls{
      [&] { static_cast<void>(dispatcher.run(identity, 1)); },
      [&] { static_cast<void>(dispatcher.get_result(parent.settled)); },
      [&] { static_cast<void>(dispatcher.get_results(std::vector{parent.endless})); },
      [&] { static_cast<void>(dispatcher.get_results()); },
      [&] { static_cast<void>(dispatcher.ready(parent.endless)); },
      [&] { static_cast<void>(dispatcher.unsettled()); },
      [&] { static_cast<void>(dispatcher.join()); },
      [&] { dispatcher.clear(std::vector{parent.settled}); },
      [&] { dispatcher.clear(); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CAPTURE(i);
    const int status = in_child([&] { return code_of(calls[i]); });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == static_cast<int>(blitzen::ErrorCode::forked));
  }
  parent.check_unharmed();
}

TEST_CASE("a forked child cannot connect its copy of a dispatcher, nor spawn daemons for it") {
  blitzen::DistributedDispatcher dispatcher{{.port = 0, .insecure = true}};
  dispatcher.spawn_server();
  const std::vector<std::function<void()>> calls{
      [&] { dispatcher.connect(); },
      [&] { dispatcher.spawn_server(); },
      [&] { dispatcher.spawn_client(1); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    CAPTURE(i);
    const int status = in_child([&] { return code_of(calls[i]); });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == static_cast<int>(blitzen::ErrorCode::forked));
  }
  dispatcher.connect();
}

TEST_CASE("a parent shuts down although a forked child has a copy of its dispatcher") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  std::cout.flush();
  const pid_t child = ::fork();
  if (child == 0) {
    threads_are_gone = true;
    ::alarm(child_seconds_max);
    ::pause();
    ::_exit(0);
  }
  parent.dispatcher->shutdown();
  CHECK(parent.dispatcher->get_result(parent.endless).kind() == blitzen::OutcomeKind::cancelled);
  parent.dispatcher.reset();
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

#if !defined(__SANITIZE_THREAD__)  // which cannot start threads in a child of a process with threads
TEST_CASE("a forked child may make a dispatcher of its own") {
  ON_BOTH_KINDS(kind);
  Parent parent(kind);
  CHECK(in_child([&] {
          parent.dispatcher.reset();
          const auto own = cluster::make(kind);
          return own->get_result(own->run(identity, 5)).value_or(0) - 5;
        }) == 0);
  parent.check_unharmed();
}
#endif
