#include "apps/bench/workloads/payload.hpp"

#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t payload_bytes = 1024 * 1024;
constexpr std::size_t full_count = 200;

std::string make_payload(std::size_t size) {
  constexpr std::size_t prime = 251;  // so that no two pages are alike
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i % prime);
  return bytes;
}

class Payload : public Workload {
 public:
  Payload(const Bench& bench, Where where)
      : bench_(bench), place_(where, bench.settings.workers), row_(add_row(where)) {}

  void repeat() override {
    const double floor = place_.is_local() ? bench_.floors.memory_copy() : bench_.floors.payload_relay();
    const auto dispatcher = place_.make_dispatcher();
    const std::size_t count = bench_.settings.count(full_count);
    row_.add(2 * static_cast<double>(count) / seconds_with_payloads(*dispatcher, count, payload_bytes), floor);
  }

 private:
  Row& add_row(Where where) const {
    const Goal goal = where == Where::local              ? figure_goal(3'000)
                      : where == Where::cluster_insecure ? ratio_goal(0.7)
                                                         : ratio_goal(0.4);
    return bench_.report.add_row({"W3",
                                  to_string(where) + ", 1 MiB in and out",
                                  "MiB/s",
                                  Better::higher,
                                  place_.is_local() ? "F6" : "F5",
                                  {goal}});
  }

  Bench bench_;
  Place place_;
  Row& row_;
};

}  // namespace

double seconds_with_payloads(Dispatcher& dispatcher, std::size_t count, std::size_t bytes) {
  std::string payload = make_payload(bytes);
  std::vector<Task<std::string>> tasks;
  const auto begin = now_ns();
  for (std::uint64_t i = 0; i < count; ++i) {
    stamp_ends(payload, i);
    tasks.push_back(dispatcher.run(change_ends, payload));
  }
  const auto outcomes = dispatcher.get_results(tasks);
  const double seconds = static_cast<double>(now_ns() - begin) / 1e9;
  for (std::uint64_t i = 0; i < count; ++i) {
    stamp_ends(payload, mixed(i));
    expect(outcomes[i], payload, i);
  }
  return seconds;
}

std::unique_ptr<Workload> make_local_payload(const Bench& bench) {
  return std::make_unique<Payload>(bench, Where::local);
}
std::unique_ptr<Workload> make_tls_payload(const Bench& bench) {
  return std::make_unique<Payload>(bench, Where::cluster_tls);
}
std::unique_ptr<Workload> make_insecure_payload(const Bench& bench) {
  return std::make_unique<Payload>(bench, Where::cluster_insecure);
}

}  // namespace blitzen::bench
