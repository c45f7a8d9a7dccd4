// W6: tasks of very different length: are the workers always busy, and is the end not later than it must be?
#include <algorithm>
#include <random>

#include "apps/bench/number_text.hpp"
#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"
#include "apps/bench/workloads/all.hpp"
#include "apps/bench/workloads/where.hpp"

namespace blitzen::bench {
namespace {

constexpr std::size_t cluster_count = 20'000;  // 100 s with two workers
constexpr std::size_t local_count = 2'000;
constexpr std::int64_t longest_ns = 20'000'000;
constexpr std::mt19937::result_type seed = 6;

std::vector<std::int64_t> make_durations(std::size_t count) {
  std::mt19937 random(seed);
  std::vector<std::int64_t> durations(count);
  for (auto& duration : durations) duration = static_cast<std::int64_t>(random()) % (longest_ns + 1);
  return durations;
}

/// Tasks sleep instead of computing, so that the workers leave the processors to server, client and driver: what is
/// measured is whether a worker is ever without a task, not how the kernel shares two processors among five programs.
class Mixed : public Workload {
 public:
  Mixed(const Bench& bench, Where where)
      : workers_(bench.settings.workers),
        place_(where, workers_),
        durations_(make_durations(bench.settings.count(where == Where::local ? local_count : cluster_count))) {
    const std::string title =
        to_string(where) + ", " + number_text(static_cast<double>(durations_.size())) + " tasks of 0 to 20 ms, once: ";
    inside_ = &bench.report.add_row({.id = "W6",
                                     .title = title + "workers' time inside tasks",
                                     .unit = "%",
                                     .better = Better::higher,
                                     .goals = {figure_goal(97)}});
    finish_ = &bench.report.add_row({.id = "W6",
                                     .title = title + "finish, to the best schedule's lower bound",
                                     .unit = "s",
                                     .floor = "bound",
                                     .goals = {ratio_goal(1.03)}});
  }

  [[nodiscard]] bool once() const override { return true; }

  void repeat() override {
    const auto dispatcher = place_.make_dispatcher();
    std::vector<Task<std::pair<std::uint64_t, std::int64_t>>> tasks;
    const auto begin = now_ns();
    for (std::uint64_t i = 0; i < durations_.size(); ++i) tasks.push_back(dispatcher->run(sleep_for, i, durations_[i]));
    const auto outcomes = dispatcher->get_results(tasks);
    const double wall = static_cast<double>(now_ns() - begin);

    double inside = 0;
    for (std::uint64_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i] || outcomes[i].value().first != mixed(i) || outcomes[i].value().second < durations_[i])
        throw WrongResult("task " + std::to_string(i) + " has no value or a wrong one");
      inside += static_cast<double>(outcomes[i].value().second);
    }
    inside_->add(100 * inside / (workers_ * wall));
    finish_->add(wall / 1e9, lower_bound_seconds());
  }

 private:
  /// No schedule can finish before the workers have shared the work evenly, nor before the longest task is done.
  [[nodiscard]] double lower_bound_seconds() const {
    double sum = 0;
    for (const auto duration : durations_) sum += static_cast<double>(duration);
    const auto longest = static_cast<double>(*std::max_element(durations_.begin(), durations_.end()));
    return std::max(sum / workers_, longest) / 1e9;
  }

  int workers_;
  Place place_;
  std::vector<std::int64_t> durations_;
  Row* inside_ = nullptr;
  Row* finish_ = nullptr;
};

}  // namespace

std::unique_ptr<Workload> make_local_mixed(const Bench& bench) { return std::make_unique<Mixed>(bench, Where::local); }
std::unique_ptr<Workload> make_cluster_mixed(const Bench& bench) {
  return std::make_unique<Mixed>(bench, Where::cluster_tls);
}

}  // namespace blitzen::bench
