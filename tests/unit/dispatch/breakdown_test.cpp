// What the operating system refuses ends a dispatcher with a sentence, and not the program.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <functional>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "cluster.hpp"
#include "dispatch/own_image.hpp"
#include "dispatch/wording.hpp"

namespace {

using blitzen::ErrorCode;

/// While it lives, this process can open nothing.
class [[maybe_unused]] NoDescriptors {
 public:
  NoDescriptors() {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit none{0, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// The code of what `call` throws; empty if it throws nothing. Checks nothing: there may be no descriptors to say so.
[[maybe_unused]] std::optional<ErrorCode> code_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const blitzen::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

template <class Exception>
blitzen::Error broken_by(const Exception& exception) {
  return blitzen::dispatch::breakdown(std::make_exception_ptr(exception), "the server");
}

}  // namespace

// UndefinedBehaviorSanitizer opens a pipe to see whether an object can be read.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("dispatchers that cannot open what they need say so when they are made") {
  std::optional<ErrorCode> multicore;
  std::optional<ErrorCode> distributed;
  std::optional<ErrorCode> server;
  {
    const NoDescriptors none;
    multicore = code_of([] { blitzen::MulticoreDispatcher cores{{.workers = 1}}; });
    distributed = code_of([] { blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .insecure = true}}; });
    server = code_of([] {
      blitzen::Server one{{.address = "127.0.0.1", .port = 0, .insecure = true}};
      one.start();
    });
  }
  CHECK(multicore == ErrorCode::system);
  CHECK(distributed == ErrorCode::system);
  CHECK(server == ErrorCode::system);
}
#endif

TEST_CASE("whatever is thrown inside a dispatcher becomes a sentence that says what to do") {
  const auto memory = broken_by(std::bad_alloc());
  CHECK(memory.code() == ErrorCode::system);
  CHECK_THAT(memory.what(), Catch::Contains("not enough memory") && Catch::Contains("return less"));
  const auto refused = broken_by(std::system_error(std::make_error_code(std::errc::too_many_files_open), "epoll"));
  CHECK(refused.code() == ErrorCode::system);
  CHECK_THAT(refused.what(), Catch::Contains("epoll: Too many open files") && Catch::Contains("raise the limit"));
  CHECK_THAT(broken_by(std::logic_error("a\nb")).what(), Catch::Contains("(a b)") && Catch::Contains("make a new"));
  CHECK_THAT(broken_by(42).what(), Catch::Contains("unknown type"));
  const auto own = broken_by(blitzen::Error(ErrorCode::too_large, "pass less"));
  CHECK(own.code() == ErrorCode::too_large);
  CHECK(own.what() == std::string("pass less"));
}

TEST_CASE("an executable that is too large to be sent is told how to become smaller") {
  blitzen::dispatch::require_sendable(1'000'000'000, 1ULL << 30U);
  CHECK(code_of([] { blitzen::dispatch::require_sendable(1ULL << 30U, 1ULL << 30U); }) == ErrorCode::too_large);
  CHECK_THROWS_WITH(blitzen::dispatch::require_sendable(1ULL << 30U, 1ULL << 30U), Catch::Contains("strip it"));
}

// Sanitizers reserve more address space than any limit allows.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

constexpr unsigned child_seconds_max = 60;  ///< A child that hangs ends, by SIGALRM.

int identity(int x) { return x; }
std::vector<char> make_bytes(std::size_t count) { return std::vector<char>(count); }

/// Lets this process map so many bytes more.
bool limit_memory(std::size_t more) {
  std::size_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages;
  const rlim_t most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more;
  const rlimit limit{most, most};
  return pages > 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
}

/// A driver that gets a result larger than its memory. Returns what went wrong, for an exit status.
int get_too_much(std::uint16_t port) {
  blitzen::DistributedDispatcher cluster{{.server = "127.0.0.1", .port = port, .insecure = true}};
  if (cluster.get_result(cluster.run(identity, 5)).value_or(0) != 5) return 1;
  const auto task = cluster.run(make_bytes, std::size_t{128} << 20U);
  if (!limit_memory(std::size_t{32} << 20U)) return 2;
  const auto outcome = cluster.get_result(task);
  if (outcome || outcome.kind() != blitzen::OutcomeKind::error) return 3;
  if (outcome.error().message().find("not enough memory") == std::string::npos) return 4;
  if (code_of([&] { (void)cluster.run(identity, 1); }) != ErrorCode::system) return 5;
  cluster.shutdown();
  return 0;
}

/// The same of a dispatcher with workers of its own, which only the one task cannot be got from.
int get_too_much_from_workers() {
  blitzen::MulticoreDispatcher cores{{.workers = 1}};
  if (cores.get_result(cores.run(identity, 5)).value_or(0) != 5) return 1;
  const std::size_t more = std::size_t{24} << 20U;
  if (!limit_memory(more)) return 2;
  const auto outcome = cores.get_result(cores.run(make_bytes, std::size_t{128} << 20U));
  if (outcome || outcome.kind() != blitzen::OutcomeKind::error) return 3;
  if (outcome.error().message().find("not enough memory for the result (134217") == std::string::npos) return 4;
  if (cores.get_result(cores.run(identity, 6)).value_or(0) != 6) return 5;
  return 0;
}

/// Whatever cannot be had then: nothing hangs, and nothing ends the program.
int run_without_memory() {
  blitzen::MulticoreDispatcher cores{{.workers = 2}};
  if (cores.get_result(cores.run(identity, 5)).value_or(0) != 5) return 1;
  if (!limit_memory(std::size_t{1} << 20U)) return 2;
  try {
    std::vector<blitzen::Task<int>> tasks;
    for (int i = 0; i < 1'000'000; ++i) tasks.push_back(cores.run(identity, i));
    (void)cores.get_results(tasks);
  } catch (const std::bad_alloc&) {
  } catch (const blitzen::Error&) {
  }
  try {
    (void)cores.get_result(cores.run(identity, 6));
  } catch (const std::bad_alloc&) {
  } catch (const blitzen::Error&) {
  }
  return 0;
}

/// The exit status of a child that does this; -1 if it did not exit.
template <class Child>
int status_of_child(Child&& child_does) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(child_seconds_max);
    ::_exit(child_does());
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("a result for which there is no memory is an error of its task, where workers belong to the dispatcher") {
  CHECK(status_of_child(get_too_much_from_workers) == 0);
}

TEST_CASE("a dispatcher that finds no memory neither hangs nor ends its program") {
  CHECK(status_of_child(run_without_memory) == 0);
}

TEST_CASE("a result for which there is no memory ends its dispatcher with a sentence, and not the program") {
  blitzen::Server server{{.address = "127.0.0.1", .port = 0, .insecure = true}};
  server.start();
  const std::uint16_t port = server.port();
  blitzen::Client client{{.server = "127.0.0.1", .port = port, .insecure = true, .workers = 1}};
  client.start();
  CHECK(status_of_child([port] { return get_too_much(port); }) == 0);
  client.stop_now();
  client.wait();
}
#endif
