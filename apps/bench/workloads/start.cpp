// W8: how soon all workers of a new pool are at work.
#include "apps/bench/cluster.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/shared_array.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "blitzen/multicore_dispatcher.hpp"

namespace blitzen::bench {
namespace {

/// The number of workers that the goals are for, whatever --workers says.
constexpr std::uint32_t workers = 6;

/// As many tasks as there are workers, each of which holds its worker until all of them have started: then every
/// worker is ready.
class AssemblyOfTasks {
 public:
  explicit AssemblyOfTasks(const std::filesystem::path& scratch) : file_(scratch / "assembly"), array_(file_, 1) {}

  void submit(Dispatcher& dispatcher) {
    for (std::uint64_t i = 0; i < workers; ++i) tasks_.push_back(dispatcher.run(assemble, i, workers, file_));
  }

  /// Waits for the tasks. Returns how many milliseconds after `begin` the last of them started.
  [[nodiscard]] double complete_after_ms(Dispatcher& dispatcher, std::int64_t begin) const {
    const auto outcomes = dispatcher.get_results(tasks_);
    for (std::uint64_t i = 0; i < workers; ++i) expect(outcomes[i], mixed(i), i);
    return static_cast<double>(array_[0].complete_ns - begin) / 1e6;
  }

 private:
  std::string file_;
  SharedArray<Assembly> array_;
  std::vector<Task<std::uint64_t>> tasks_;
};

RowTitle title(const std::string& what, std::vector<Goal> goals) {
  return {.id = "W8", .title = "6 workers ready, " + what, .unit = "ms", .goals = std::move(goals)};
}

class LocalStart : public Workload {
 public:
  explicit LocalStart(const Bench& bench)
      : scratch_(bench.scratch),
        row_(bench.report.add_row(title("local, from the making of the dispatcher", {figure_goal(30)}))) {}

  void repeat() override {
    AssemblyOfTasks assembly(scratch_);
    const auto begin = now_ns();
    MulticoreDispatcher dispatcher{{.workers = workers}};
    assembly.submit(dispatcher);
    row_.add(assembly.complete_after_ms(dispatcher, begin));
  }

 private:
  const std::filesystem::path& scratch_;
  Row& row_;
};

class ClientStart : public Workload {
 public:
  explicit ClientStart(const Bench& bench)
      : scratch_(bench.scratch),
        from_connect_(
            bench.report.add_row(title("client, from its log line \"connected\", image cached", {figure_goal(60)}))),
        from_start_(bench.report.add_row(title("client, from the start of its process", {}))) {
    start_client();  // fills the cache
  }

  void repeat() override {
    const Times times = start_client();
    from_connect_.add(times.from_connect);
    from_start_.add(times.from_start);
  }

 private:
  struct Times {
    double from_start;
    double from_connect;
  };

  Times start_client() {
    AssemblyOfTasks assembly(scratch_);
    DistributedDispatcher dispatcher(cluster_.driver());
    dispatcher.connect();
    assembly.submit(dispatcher);
    const auto started = now_ns();
    Daemon& client = cluster_.launch_client(workers);
    client.wait_for("connected to ");
    const auto connected = now_ns();
    const Times times{assembly.complete_after_ms(dispatcher, started),
                      assembly.complete_after_ms(dispatcher, connected)};
    cluster_.stop_clients();
    return times;
  }

  const std::filesystem::path& scratch_;
  Row& from_connect_;
  Row& from_start_;
  Cluster cluster_;
};

}  // namespace

std::unique_ptr<Workload> make_local_start(const Bench& bench) { return std::make_unique<LocalStart>(bench); }
std::unique_ptr<Workload> make_client_start(const Bench& bench) { return std::make_unique<ClientStart>(bench); }

}  // namespace blitzen::bench
