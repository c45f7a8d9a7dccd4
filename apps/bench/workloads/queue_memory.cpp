// W4: what a long queue costs the server in memory, and whether it gives it back.
#include <chrono>
#include <thread>

#include "apps/bench/cluster.hpp"
#include "apps/bench/number_text.hpp"
#include "apps/bench/system/process_facts.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t full_count = 1'000'000;
constexpr double mebibyte = 1024 * 1024;

/// What the server may keep after the drain, of what it had before it got any task.
double allowed_after_drain(double before) {
  constexpr double share = 1.25;
  constexpr double slack_mebibytes = 16;
  return before * share + slack_mebibytes;
}

/// Pages are given back when they were not needed for some seconds. Returns when no more than `allowed` is resident, or
/// after twice that time.
double resident_after_a_while(pid_t process, double allowed) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + 6s;
  while (static_cast<double>(resident_bytes(process)) > allowed && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(100ms);
  return static_cast<double>(resident_bytes(process));
}

class QueueMemory : public Workload {
 public:
  explicit QueueMemory(const Bench& bench) : bench_(bench), count_(bench.settings.count(full_count)) {}

  void repeat() override {
    Cluster cluster;
    const pid_t server = cluster.server().pid();
    DistributedDispatcher driver(cluster.driver());
    driver.connect();
    const auto resident = [&] {
      // Nobody says that the server has everything: it has when neither it nor this driver has anything left to do.
      wait_until_idle({server, ::getpid()});
      return static_cast<double>(resident_bytes(server));
    };
    const double before = resident();
    std::vector<Task<std::uint64_t>> tasks;
    for (std::uint64_t i = 0; i < count_; ++i) tasks.push_back(driver.run(no_op, i));
    const double queued = resident();
    cluster.start_client(bench_.settings.workers);
    const auto outcomes = driver.get_results(tasks);
    for (std::uint64_t i = 0; i < count_; ++i) expect(outcomes[i], mixed(i), i);
    const double allowed = allowed_after_drain(before / mebibyte);
    const double drained = resident_after_a_while(server, allowed * mebibyte);

    per_task_.add((queued - before) / static_cast<double>(count_));
    after_drain_.add(drained / mebibyte, allowed);
  }

 private:
  Bench bench_;
  std::size_t count_;
  Row& per_task_ =
      bench_.report.add_row({.id = "W4",
                             .title = "server, " + number_text(static_cast<double>(count_)) + " tasks queued",
                             .unit = "bytes/task",
                             .goals = {figure_goal(150)}});
  Row& after_drain_ =
      bench_.report.add_row({.id = "W4",
                             .title = "server, resident within 6 s after the drain; limit: 25 % + 16 MiB above before",
                             .unit = "MiB",
                             .floor = "limit",
                             .goals = {ratio_goal(1)}});
};

}  // namespace

std::unique_ptr<Workload> make_queue_memory(const Bench& bench) { return std::make_unique<QueueMemory>(bench); }

}  // namespace blitzen::bench
