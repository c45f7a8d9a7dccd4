#include <catch2/catch.hpp>
#include <csignal>

#include "pool/memory_use.hpp"
#include "pool_rig.hpp"

namespace blitzen::pool::testing {
namespace {

constexpr std::uint64_t mebibyte = 1024ULL * 1024;
/// Far above what a worker needs, also under sanitizers, which take several times what a task fills.
constexpr std::uint64_t limit = 256 * mebibyte;
constexpr PoolOptions limited{.slots = 2, .worker_memory = limit};

/// In which a worker that has filled somewhat more is told of.
#if defined(__SANITIZE_THREAD__)
const std::string unit = "[MG]iB";
#else
const std::string unit = "MiB";
#endif

std::string bytes_of(std::uint64_t count) { return std::to_string(count); }

}  // namespace

TEST_CASE("a worker that uses too much memory is ended with words that say so, and its neighbour is not harmed") {
  PoolRig rig{limited};
  const auto neighbour = rig.submit(block);
  const auto process = rig.await_line("blocked").at(0);
  const Told told = rig.settle(rig.submit(fill_memory, bytes_of(320 * mebibyte)));
  CHECK(told.kind == "died");
  CHECK(told.obituary.signal == SIGKILL);
  CHECK(told.obituary.peak_memory_bytes > limit);
  CHECK_THAT(told.obituary.note, Catch::Matches("its worker used [0-9.]+ " + unit +
                                                ", more than the 256 MiB that a worker may have \\(worker_memory\\)"));
  CHECK_FALSE(rig.was_told(neighbour));
  CHECK(::kill(process, 0) == 0);
  CHECK(rig.settle(rig.submit(echo, "replaced")).text == "replaced");
}

TEST_CASE("the memory of a task's children counts, also of those with a session of their own") {
  PoolRig rig{limited};
  const Told told = rig.settle(rig.submit(fill_in_child, bytes_of(320 * mebibyte)));
  CHECK_THAT(told.obituary.note, Catch::Contains("more than the 256 MiB"));
}

TEST_CASE("memory that a task's children share with it counts once") {
  PoolRig rig{limited};
  const auto task = rig.submit(fork_large, bytes_of(30 * mebibyte), std::chrono::seconds{1});
  const auto worker = rig.await_line("blocked").at(0);
  CHECK(estimate_memory(worker) > limit);
  CHECK(measure_memory(worker) < limit);
  CHECK(rig.settle(task).kind == "timed_out");
}

TEST_CASE("tasks below the limit, and pools without one, go on") {
  const std::uint64_t most = GENERATE(0ULL, limit);
  PoolRig rig{{.worker_memory = most}};
  const auto task = rig.submit(fill_memory, bytes_of((most == 0 ? 320 : 16) * mebibyte), std::chrono::seconds{1});
  CHECK(rig.settle(task).kind == "timed_out");
}

TEST_CASE("a worker that keeps too much after its task has ended is replaced without a word") {
  PoolRig rig{{.worker_memory = limit}};
  const auto worker = std::stoi(rig.settle(rig.submit(report_process)).text);
  const auto keeper = rig.submit(keep_memory, bytes_of(320 * mebibyte));
  const Told told = rig.settle(keeper);
  if (told.kind == "value") {
    rig.run_until([&] { return ::kill(worker, 0) != 0; });
    CHECK(rig.idle_deaths.empty());
  }
  // Else it was looked at before it had ended.
  CHECK(rig.settle(rig.submit(report_process)).text != std::to_string(worker));
}

TEST_CASE("an idle pool with a limit has nothing to do") {
  PoolRig rig{limited};
  rig.settle(rig.submit(echo));
  rig.run_until([&] { return !rig.pool.next_deadline(); });
}

}  // namespace blitzen::pool::testing
