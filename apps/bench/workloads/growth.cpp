// W12: how the cost of a task grows with the number of tasks, with its payload and with the number of clients.
#include <array>
#include <vector>

#include "apps/bench/core_scale.hpp"
#include "apps/bench/number_text.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/payload.hpp"
#include "apps/bench/workloads/throughput.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

struct Payloads {
  std::string_view title;
  std::size_t bytes;
  std::size_t count;
};

constexpr std::array<std::size_t, 4> task_counts{1'000, 10'000, 100'000, 1'000'000};
constexpr std::array payloads{Payloads{"64 bytes", 64, 20'000}, Payloads{"1 KiB", 1024, 20'000},
                              Payloads{"16 KiB", 16 * 1024, 5'000}, Payloads{"256 KiB", 256 * 1024, 400},
                              Payloads{"4 MiB", 4 * 1024 * 1024, 25}};
constexpr std::array<std::size_t, 3> client_counts{1, 100, 10'000};

Row& add_row(const Bench& bench, const std::string& title, const char* unit) {
  return bench.report.add_row({.id = "W12", .title = title, .unit = unit});
}

/// Through a dispatcher: tasks and payloads.
class Growth : public Workload {
 public:
  Growth(const Bench& bench, Where where) : bench_(bench), place_(where, bench.settings.workers) {
    for (const std::size_t count : task_counts) {
      const std::string number = number_text(static_cast<double>(bench_.settings.count(count)));
      rows_.push_back(&add_row(bench, to_string(where) + ", each of " + number + " no-op tasks", "µs"));
    }
    for (const Payloads& each : payloads) {
      const std::string size{each.title};
      rows_.push_back(&add_row(bench, to_string(where) + ", a task with " + size + " in and out", "µs"));
    }
  }

  void repeat() override {
    constexpr double microseconds = 1e6;
    auto row = rows_.begin();
    for (const std::size_t full : task_counts)
      (*row++)->add(microseconds / tasks_per_second(*place_.make_dispatcher(), bench_.settings.count(full)));
    for (const Payloads& each : payloads) {
      const std::size_t count = bench_.settings.count(each.count);
      const double seconds = seconds_with_payloads(*place_.make_dispatcher(), count, each.bytes);
      (*row++)->add(microseconds * seconds / static_cast<double>(count));
    }
  }

 private:
  Bench bench_;
  Place place_;
  std::vector<Row*> rows_;
};

/// In the scheduler alone: clients.
class ClientGrowth : public Workload {
 public:
  explicit ClientGrowth(const Bench& bench) : bench_(bench) {
    for (const std::size_t count : client_counts) {
      const std::string number = number_text(static_cast<double>(count));
      rows_.push_back(&add_row(bench, "scheduler alone, a task with " + number + " clients × 64 slots", "ns"));
    }
  }

  void repeat() override {
    constexpr std::uint32_t slots = 64;
    constexpr std::size_t queued = 1'000;
    auto row = rows_.begin();
    for (const std::size_t count : client_counts)
      (*row++)->add(core_ns_per_task({count, slots}, queued, bench_.settings.count(2'000'000)));
  }

 private:
  Bench bench_;
  std::vector<Row*> rows_;
};

}  // namespace

std::unique_ptr<Workload> make_local_growth(const Bench& bench) {
  return std::make_unique<Growth>(bench, Where::local);
}
std::unique_ptr<Workload> make_cluster_growth(const Bench& bench) {
  return std::make_unique<Growth>(bench, Where::cluster_tls);
}
std::unique_ptr<Workload> make_client_growth(const Bench& bench) { return std::make_unique<ClientGrowth>(bench); }

}  // namespace blitzen::bench
