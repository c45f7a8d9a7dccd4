#include <catch2/catch.hpp>
#include <deque>

#include "allocations.hpp"
#include "core/scheduler.hpp"

using namespace blitzen::core;

namespace {

constexpr DriverId driver{1};
constexpr std::uint64_t batch = 1024;

/// A scheduler whose one client finishes whatever it is handed.
class BusyScheduler {
 public:
  BusyScheduler() {
    step(DriverJoined{driver, unlimited});
    step(ClientJoined{.client = ClientId{0}, .slots = 64});
  }

  void run(std::uint64_t tasks) {
    for (const std::uint64_t end = submitted_ + tasks; submitted_ < end;) {
      for (std::uint64_t i = 0; i < batch && submitted_ < end; ++i)
        step(TaskSubmitted{.task = {driver, submitted_++}, .code = CodeId{1}});
      drain();
    }
  }

  [[nodiscard]] std::uint64_t settled() const { return scheduler_.counters().settled; }

 private:
  void step(const Event& event) { scheduler_.step(event, now_, actions_); }

  void drain() {
    do {
      finish_assigned();
      now_ += std::chrono::milliseconds{1};
      scheduler_.assign(now_, actions_);
    } while (!actions_.empty());
  }

  void finish_assigned() {
    assigned_.swap(actions_);
    actions_.clear();
    for (const Action& action : assigned_) {
      if (const auto* task = std::get_if<AssignTask>(&action))
        step(TaskFinished{task->client, task->task, task->attempt, FinishKind::value, std::chrono::microseconds{1}, 0});
    }
    assigned_.clear();
  }

  Scheduler scheduler_;
  TimePoint now_{};
  Actions actions_;
  Actions assigned_;
  std::uint64_t submitted_ = 0;
};

}  // namespace

TEST_CASE("a scheduler that has warmed up allocates nothing for a task") {
  BusyScheduler scheduler;
  scheduler.run(10 * batch);
  const double cost = counts::allocations_per_task(100 * batch, [&] { scheduler.run(100 * batch); });
  CHECK(scheduler.settled() == 110 * batch);
  CHECK(cost < 0.01);
}
