// Random events against a simple model of what the scheduler may do.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "scheduler_rig.hpp"

namespace blitzen::testing {

using namespace core;
using namespace std::chrono_literals;

namespace {

void require(bool holds, const std::string& otherwise) {
  if (!holds) throw std::logic_error(otherwise);
}

/// What the host of a scheduler would know, kept as simply as can be. Throws when an action breaks a promise.
class Model {
 public:
  struct Held {
    ClientId client;
    Attempt attempt;
  };
  struct ModelTask {
    std::optional<Held> held;
    Attempt last_attempt = 0;
    bool settled = false;
  };
  struct ModelClient {
    std::uint32_t slots;
    std::uint32_t prefetch_max;
    bool draining = false;
    std::set<TaskId> held{};
  };

  std::map<TaskId, ModelTask> tasks;  ///< Of drivers that are there.
  std::map<ClientId, ModelClient> clients;
  std::map<DriverId, std::uint64_t> task_limits;
  std::set<DriverId> congested;

  void apply(const Action& action) {
    std::visit([this](const auto& it) { on(it); }, action);
  }

  void lose(ClientId client) {
    for (const TaskId& task : clients.at(client).held) tasks.at(task).held.reset();
    clients.erase(client);
  }

  void lose(DriverId driver) {
    task_limits.erase(driver);
    congested.erase(driver);
    lost_.insert(driver);
  }

  /// After the actions of losing a driver: every running attempt must have been cancelled.
  void bury_lost() {
    for (auto& [id, client] : clients) {
      for (const TaskId& task : client.held) require(!lost_.contains(task.driver), "a lost driver's task still runs");
    }
    std::erase_if(tasks, [this](const auto& entry) { return lost_.contains(entry.first.driver); });
    lost_.clear();
  }

  /// The client no longer holds the task.
  void take_off(const TaskId& task) {
    clients.at(tasks.at(task).held->client).held.erase(task);
    tasks.at(task).held.reset();
  }

  [[nodiscard]] std::uint64_t unsettled(DriverId driver) const {
    return static_cast<std::uint64_t>(std::count_if(tasks.begin(), tasks.end(), [&](const auto& entry) {
      return entry.first.driver == driver && !entry.second.settled;
    }));
  }

 private:
  void on(const RejectTask& it) {
    require(unsettled(it.task.driver) > task_limits.at(it.task.driver), "rejected below the limit");
    tasks.at(it.task).settled = true;
  }
  void on(const AssignTask& it) {
    require(clients.contains(it.client), "assigned to a client that is not there");
    ModelClient& client = clients.at(it.client);
    ModelTask& task = tasks.at(it.task);
    require(!client.draining, "assigned to a draining client");
    require(!task.settled && !task.held, "assigned a task that is settled or held");
    require(!congested.contains(it.task.driver), "assigned a task of a congested driver");
    require(it.attempt > task.last_attempt, "an attempt number came twice");
    client.held.insert(it.task);
    require(client.held.size() <= std::uint64_t{client.slots} * (1 + client.prefetch_max), "beyond the window");
    task.held = Held{it.client, it.attempt};
    task.last_attempt = it.attempt;
  }
  void on(const RecallTasks& it) {
    const ModelClient& client = clients.at(it.client);
    require(!client.draining && it.count > 0, "a recall that cannot be answered");
    require(client.held.size() >= client.slots + it.count, "recalled more than is unstarted");
  }
  void on(const CancelAttempt& it) {
    const auto held = tasks.at(it.task).held;
    require(held && held->client == it.client && held->attempt == it.attempt, "cancelled what does not run");
    take_off(it.task);
  }
  void on(const RecordDeath& it) { require(!tasks.at(it.task).settled, "a death of a settled task"); }
  void on(const ReportOutcome& it) {
    ModelTask& task = tasks.at(it.task);
    require(!task.settled, "a second outcome");
    require(!task.held, "an outcome while a client holds the task");
    require(!lost_.contains(it.task.driver), "an outcome for a lost driver");
    task.settled = true;
  }
  void on(const DropClient& it) { lose(it.client); }
  void on(const DropDriver& it) { lose(it.driver); }

  std::set<DriverId> lost_;
};

class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed) {}

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      one_event();
      if (chance(70)) {
        scheduler_.assign(now_, out_);
        absorb();
      }
      check();
    }
    finish_everything();
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool chance(std::uint64_t percent) { return below(100) < percent; }
  template <class Map>
  auto any_of(const Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(below(map.size())));
  }

  void step(const Event& event) {
    scheduler_.step(event, now_, out_);
    absorb();
  }

  void absorb() {
    for (const Action& action : out_) model_.apply(action);
    out_.clear();
    model_.bury_lost();
  }

  void check() {
    scheduler_.check_invariants();
    const auto open = std::count_if(model_.tasks.begin(), model_.tasks.end(),
                                    [](const auto& entry) { return !entry.second.settled; });
    require(scheduler_.unsettled() == static_cast<std::uint64_t>(open), "the unsettled tasks are miscounted");
  }

  void one_event() {
    switch (below(12)) {
      case 0:
        return chance(30) ? join_driver() : pass_time();
      case 1:
        return chance(20) ? lose_driver() : disturb_driver();
      case 2:
        return chance(40) ? join_client() : submit();
      case 3:
        return chance(25) ? lose_client() : submit();
      case 4:
        return chance(30) ? drain_client() : submit();
      case 5:
        return chance(30) ? cancel() : submit();
      case 6:
        return lie();
      default:
        return report();
    }
  }

  void join_driver() {
    const DriverId driver{next_driver_++};
    model_.task_limits[driver] = chance(20) ? 3 : 1000;
    step(DriverJoined{driver, model_.task_limits[driver]});
  }

  void lose_driver() {
    if (model_.task_limits.empty()) return;
    const DriverId driver = any_of(model_.task_limits)->first;
    model_.lose(driver);
    step(DriverLost{driver});
  }

  /// What its connection does to it.
  void disturb_driver() {
    if (model_.task_limits.empty()) return join_driver();
    const DriverId driver = any_of(model_.task_limits)->first;
    switch (below(4)) {
      case 0:
        model_.congested.insert(driver);
        return step(DriverCongested{driver, true});
      case 1:
        model_.congested.erase(driver);
        return step(DriverCongested{driver, false});
      case 2:
        return step(DriverAway{driver, std::chrono::milliseconds{below(20'000)}});
      default:
        return step(DriverBack{driver});
    }
  }

  void submit() {
    if (model_.task_limits.empty()) return join_driver();
    const DriverId driver = any_of(model_.task_limits)->first;
    for (std::uint64_t count = 1 + below(8); count > 0; --count) {
      const TaskId task{driver, below(3000)};
      model_.tasks.try_emplace(task);
      const Duration timeout = chance(50) ? 3s : no_timeout;
      step(TaskSubmitted{task, CodeId{static_cast<std::uint32_t>(below(3))}, timeout,
                         static_cast<std::uint8_t>(1 + below(3))});
    }
  }

  void cancel() {
    if (chance(20) && !model_.task_limits.empty()) {
      const TaskId task{any_of(model_.task_limits)->first, below(3000)};
      const auto [found, never_submitted] = model_.tasks.try_emplace(task);
      if (never_submitted) found->second.settled = true;
      return step(TaskCancelled{task});
    }
    if (!model_.tasks.empty()) step(TaskCancelled{any_of(model_.tasks)->first});
  }

  void join_client() {
    const ClientId client{next_client_++};
    const auto slots = static_cast<std::uint32_t>(1 + below(4));
    const auto prefetch_max = static_cast<std::uint32_t>(below(6));
    const std::uint32_t revive_limit = chance(30) ? 1 : unlimited;
    model_.clients[client] = {.slots = slots, .prefetch_max = prefetch_max};
    step(ClientJoined{client, slots, prefetch_max, revive_limit, chance(80)});
  }

  void lose_client() {
    if (model_.clients.empty()) return;
    const ClientId client = any_of(model_.clients)->first;
    model_.lose(client);
    step(ClientLost{client});
  }

  void drain_client() {
    if (model_.clients.empty()) return;
    const auto client = any_of(model_.clients);
    model_.clients.at(client->first).draining = true;
    step(ClientDraining{client->first});
  }

  void pass_time() {
    now_ += std::chrono::milliseconds{below(4000)};
    if (chance(60)) {
      for (const auto& client : std::map{model_.clients}) step(ClientHeard{client.first});
    }
    if (scheduler_.next_deadline() && *scheduler_.next_deadline() <= now_) step(DeadlineReached{});
    require(!scheduler_.next_deadline() || *scheduler_.next_deadline() > now_, "a deadline was passed over");
  }

  /// A report about a held task, as its client would make it.
  void report() {
    std::vector<TaskId> held;
    for (const auto& [id, client] : model_.clients) held.insert(held.end(), client.held.begin(), client.held.end());
    if (held.empty()) return chance(50) ? submit() : join_client();
    const TaskId task = held[below(held.size())];
    const auto [client, attempt] = *model_.tasks.at(task).held;
    const Duration ran = chance(80) ? Duration{100us} : Duration{5s};
    const auto kind = static_cast<FinishKind>(below(3));
    if (chance(20)) return step(StartObserved{client, task, attempt, 1s});
    model_.take_off(task);
    switch (below(10)) {
      case 0:
        return step(WorkerDied{client, task, attempt});
      case 1:
        return step(TaskReturned{client, task, attempt});
      case 2:
        return chance(30) ? step(CodeRefused{client, task, attempt, chance(50)})
                          : step(TaskReturned{client, task, attempt});
      default:
        return step(TaskFinished{client, task, attempt, kind, ran, 0});
    }
  }

  /// A report that is stale or made up: it must change nothing.
  void lie() {
    if (model_.tasks.empty() || next_client_ == 0) return;
    const auto& [id, task] = *any_of(model_.tasks);
    const ClientId client{static_cast<std::uint32_t>(below(next_client_))};
    const auto attempt = static_cast<Attempt>(below(task.last_attempt + 2ULL));
    if (task.held && task.held->client == client && task.held->attempt == attempt) return;
    const std::uint64_t settled = scheduler_.counters().settled;
    step(TaskFinished{client, id, attempt, FinishKind::value, 1us, 0});
    step(WorkerDied{client, id, attempt});
    require(scheduler_.counters().settled == settled, "a lie settled a task");
  }

  /// With one client that can do everything, every task reaches its outcome.
  void finish_everything() {
    const ClientId able{next_client_++};
    model_.clients[able] = {.slots = 1000, .prefetch_max = 0};
    step(ClientJoined{.client = able, .slots = 1000, .prefetch_max = 0, .silence_matters = false});
    for (const auto& client : std::map{model_.clients}) {
      if (client.first == able) continue;
      model_.lose(client.first);
      step(ClientLost{client.first});
    }
    for (const auto& driver : model_.task_limits) step(DriverCongested{driver.first, false});
    model_.congested.clear();
    for (int round = 0; scheduler_.unsettled() > 0; ++round) {
      require(round < 1000, "tasks are left that nobody hands out");
      scheduler_.assign(now_, out_);
      absorb();
      for (const TaskId& task : std::set{model_.clients.at(able).held}) {
        const auto held = *model_.tasks.at(task).held;
        model_.take_off(task);
        step(TaskFinished{held.client, task, held.attempt, FinishKind::value, 1ms, 0});
      }
      check();
    }
  }

  std::mt19937_64 random_;
  Scheduler scheduler_;
  Model model_;
  TimePoint now_{1h};
  Actions out_;
  std::uint32_t next_driver_ = 0;
  std::uint32_t next_client_ = 0;
};

constexpr std::uint64_t seeds = 100;
constexpr int steps_per_seed = 400;

}  // namespace

TEST_CASE("whatever happens, every task has one outcome and no promise is broken") {
  const char* replay = std::getenv("BLITZEN_SEED");
  const std::uint64_t first = replay != nullptr ? std::stoull(replay) : 1;
  const std::uint64_t last = replay != nullptr ? first : seeds;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    INFO("replay with: BLITZEN_SEED=" << seed << " core_tests 'whatever happens*'");
    try {
      RandomRun{seed}.run(steps_per_seed);
    } catch (const std::exception& broken) {
      FAIL(broken.what());
    }
  }
}

}  // namespace blitzen::testing
