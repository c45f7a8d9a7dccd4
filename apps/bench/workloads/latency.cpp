// W2: how long one task takes from run() to its result, one at a time.
#include "apps/bench/floors/rounds.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t rounds = 5'000;

class TaskLatency : public Workload {
 public:
  TaskLatency(const Bench& bench, Where where)
      : bench_(bench),
        place_(where, bench.settings.workers),
        p50_(add_row(where, "p50", place_.is_local() ? 1.3 : 1.25)),
        p99_(add_row(where, "p99", place_.is_local() ? 2 : 1.5)) {}

  void repeat() override {
    const Latency floor = measure_floor();
    const auto dispatcher = place_.make_dispatcher();
    std::uint64_t number = 0;
    const Latency latency = time_rounds(bench_.settings.count(rounds), [&] {
      expect(dispatcher->get_result(dispatcher->run(no_op, number)), mixed(number), number);
      ++number;
    });
    p50_.add(latency.p50, floor.p50);
    p99_.add(latency.p99, floor.p99);
  }

 private:
  [[nodiscard]] Latency measure_floor() const {
    if (!place_.is_local()) return bench_.floors.relay_round_trip();
    // Only to be seen beside the other: what the way through the kernel's sockets would cost.
    static_cast<void>(bench_.floors.socket_pair_ping_pong());
    return bench_.floors.futex_ping_pong();
  }

  Row& add_row(Where where, const std::string& share, double goal) const {
    return bench_.report.add_row({.id = "W2",
                                  .title = to_string(where) + ", run and get, " + share,
                                  .unit = "µs",
                                  .floor = (place_.is_local() ? "F1's " : "F3's ") + share,
                                  .goals = {ratio_goal(goal)}});
  }

  Bench bench_;
  Place place_;
  Row& p50_;
  Row& p99_;
};

}  // namespace

std::unique_ptr<Workload> make_local_latency(const Bench& bench) {
  return std::make_unique<TaskLatency>(bench, Where::local);
}
std::unique_ptr<Workload> make_cluster_latency(const Bench& bench) {
  return std::make_unique<TaskLatency>(bench, Where::cluster_tls);
}

}  // namespace blitzen::bench
