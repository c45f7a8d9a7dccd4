// What each event does. Handing out work is in assign.cpp.
#include "core/state.hpp"

#include <algorithm>
#include <chrono>
#include <functional>

#include "core/unordered_list.hpp"

namespace blitzen::core {

namespace {

/// Longer timeouts are cut to this, so that deadlines cannot overflow.
constexpr Duration timeout_max = std::chrono::hours{24 * 365 * 100};

OutcomeKind outcome_of(FinishKind kind) {
  switch (kind) {
    case FinishKind::value:
      return OutcomeKind::value;
    case FinishKind::timed_out:
      return OutcomeKind::timed_out;
    case FinishKind::error:
      break;
  }
  return OutcomeKind::error;
}

}  // namespace

void Scheduler::State::step(const Event& event, TimePoint now, Actions& out) {
  std::visit([&](const auto& fact) { on(fact, Turn{now, out}); }, event);
}

std::optional<TimePoint> Scheduler::State::next_deadline() const {
  std::optional<TimePoint> next = backstops_.next_deadline();
  if (const Client* silent = clients_.longest_silent()) {
    const TimePoint lost = silent->last_heard + options_.silence_max;
    next = next ? std::min(*next, lost) : lost;
  }
  if (const auto end = clients_.next_refusal_end()) next = next ? std::min(*next, *end) : *end;
  if (const Driver* away = drivers_.longest_away())
    next = next ? std::min(*next, *away->away_until) : *away->away_until;
  return next;
}

std::uint64_t Scheduler::State::unsettled(DriverId id) const {
  const Driver* driver = drivers_.find(id);
  return driver != nullptr ? driver->tasks.size() : 0;
}

bool Scheduler::State::is_assigned(const TaskId& id) const {
  const Driver* driver = drivers_.find(id.driver);
  const Task* task = driver != nullptr ? driver->tasks.find(id.number) : nullptr;
  return task != nullptr && std::holds_alternative<Running>(task->state);
}

void Scheduler::State::on(const LifeBegan& event, Turn) { life_ = event.life % lives_max; }

void Scheduler::State::on(const DriverJoined& event, Turn) {
  if (!drivers_.join(event)) ++counters_.stale_reports;
}

void Scheduler::State::on(const DriverAway& event, Turn turn) {
  if (Driver* driver = known(event.driver)) drivers_.set_away(*driver, turn.now + event.patience);
}

void Scheduler::State::on(const DriverBack& event, Turn) {
  Driver* driver = known(event.driver);
  if (driver == nullptr) return;
  drivers_.set_back(*driver);
  driver->tasks.skip_below(event.first_task);
}

void Scheduler::State::on(const DriverCongested& event, Turn) {
  if (Driver* driver = known(event.driver)) drivers_.set_congested(*driver, event.congested);
}

void Scheduler::State::on(const DriverLost& event, Turn turn) {
  if (Driver* driver = known(event.driver)) lose(*driver, turn.out);
}

void Scheduler::State::on(const TaskSubmitted& event, Turn turn) {
  Driver* driver = known(event.task.driver);
  if (driver == nullptr) return;
  const std::uint64_t number = event.task.number;
  if (!driver->tasks.is_new(number)) return;
  if (!event.restored && !driver->tasks.admits(number)) {
    turn.out.push_back(RejectTask{event.task, RejectReason::missing_many});
    return;
  }
  if (!event.restored && driver->tasks.size() >= driver->task_limit) {
    driver->tasks.skip(number);
    turn.out.push_back(RejectTask{event.task, RejectReason::task_limit});
    return;
  }
  Task& task = driver->tasks.insert(number);
  task.timeout = std::clamp(event.timeout, no_timeout, timeout_max);
  task.worker_deaths_max = event.worker_deaths_max;
  task.lane = driver->queue.lane_of(event.code);
  if (event.restored) driver->task_limit = std::max(driver->task_limit, driver->tasks.size());
  ++counters_.submitted;
  ++unsettled_;
  queue(*driver, number, End::back, turn.out);
}

void Scheduler::State::on(const TaskCancelled& event, Turn turn) {
  Driver* driver = drivers_.find(event.task.driver);
  Task* task = driver != nullptr ? driver->tasks.find(event.task.number) : nullptr;
  if (task == nullptr) {
    if (driver == nullptr || !driver->tasks.skip(event.task.number)) ++counters_.stale_reports;
    return;
  }
  if (const auto* running = std::get_if<Running>(&task->state)) {
    turn.out.push_back(CancelAttempt{running->client, event.task, task->attempt});
    take_off(*driver, *task);
  } else {
    drivers_.unqueue(*driver, event.task.number);
  }
  settle(*driver, event.task.number, OutcomeKind::cancelled, OutcomeCause::cancelled, turn.out);
}

void Scheduler::State::on(const ClientJoined& event, Turn turn) {
  if (!clients_.join(event, turn.now)) {
    ++counters_.stale_reports;
    return;
  }
  give_up_hopeless(turn.out);
}

void Scheduler::State::on(const AttemptClaimed& event, Turn turn) {
  Client* client = hear(event.client, turn.now);
  if (client == nullptr) return;
  Driver* driver = drivers_.find(event.task.driver);
  Task* task = driver != nullptr ? driver->tasks.find(event.task.number) : nullptr;
  if (task == nullptr || !may_claim(*driver, *task, event.attempt)) {
    ++counters_.stale_reports;
    turn.out.push_back(CancelAttempt{event.client, event.task, event.attempt});
    return;
  }
  drivers_.unqueue(*driver, event.task.number);
  put_on(*client, *driver, event.task.number, event.attempt);
  clients_.refile(*client);
}

/// What a task was handed out as in the last life is not known any more, but no two attempts of that life were the
/// same.
bool Scheduler::State::may_claim(const Driver& driver, const Task& task, Attempt attempt) const {
  if (attempt == 0 || !std::holds_alternative<Queued>(task.state)) return false;
  if (task.attempt != 0) return task.attempt == attempt;
  const std::uint32_t last_life = (life_ + lives_max - 1) % lives_max;
  return driver.restored && attempt >> attempts_per_life_bits == last_life;
}

void Scheduler::State::on(const ClientHeard& event, Turn turn) { hear(event.client, turn.now); }

void Scheduler::State::on(const ClientDraining& event, Turn turn) {
  Client* client = hear(event.client, turn.now);
  if (client == nullptr) return;
  clients_.drain(*client);
  give_up_hopeless(turn.out);
}

void Scheduler::State::on(const ClientLost& event, Turn turn) {
  if (Client* client = hear(event.client, turn.now)) lose(*client, turn.out);
}

void Scheduler::State::on(const StartObserved& event, Turn turn) {
  const auto reported = current(event, turn.now);
  if (!reported || reported->task.timeout == no_timeout) return;
  auto& running = std::get<Running>(reported->task.state);
  if (running.backstop_armed) return;
  running.backstop_armed = true;
  const Duration running_for = std::max(event.running_for, Duration::zero());
  const TimePoint deadline = turn.now - running_for + reported->task.timeout + options_.backstop_slack;
  backstops_.arm({deadline, event.task, event.attempt});
}

void Scheduler::State::on(const TaskFinished& event, Turn turn) {
  const auto reported = current(event, turn.now);
  if (!reported) return;
  reported->client.prefetch.measured(event.ran);
  take_off(reported->driver, reported->task);
  settle(reported->driver, event.task.number, outcome_of(event.kind), OutcomeCause::reported, turn.out);
  if (event.kind == FinishKind::timed_out) count_timeout(reported->client, event.slot, turn.out);
}

void Scheduler::State::on(const WorkerDied& event, Turn turn) {
  const auto reported = current(event, turn.now);
  if (!reported) return;
  turn.out.push_back(RecordDeath{event.task});
  take_off(reported->driver, reported->task);
  if (++reported->task.worker_deaths >= reported->task.worker_deaths_max) {
    settle(reported->driver, event.task.number, OutcomeKind::poisoned, OutcomeCause::worker_deaths, turn.out);
  } else {
    queue(reported->driver, event.task.number, End::front, turn.out);
  }
}

void Scheduler::State::on(const TaskReturned& event, Turn turn) {
  const auto reported = current(event, turn.now);
  if (!reported) return;
  clients_.recalled_one(reported->client);
  take_off(reported->driver, reported->task);
  queue(reported->driver, event.task.number, End::front, turn.out);
}

void Scheduler::State::on(const CodeRefused& event, Turn turn) {
  const auto reported = current(event, turn.now);
  if (!reported) return;
  take_off(reported->driver, reported->task);
  const Duration lasts = event.for_now ? options_.passing_refusal_lasts : options_.refusal_lasts;
  clients_.refuse(reported->client, reported->driver.queue.code_of(reported->task.lane), event.for_now,
                  turn.now + lasts);
  queue(reported->driver, event.task.number, End::front, turn.out);
  give_up_hopeless(turn.out);
}

void Scheduler::State::on(const DeadlineReached&, Turn turn) {
  if (clients_.forget_refusals(turn.now)) give_up_hopeless(turn.out);
  while (const Driver* away = drivers_.longest_away()) {
    if (*away->away_until > turn.now) break;
    const DriverId id = away->id;
    lose(*drivers_.find(id), turn.out);
    turn.out.push_back(DropDriver{id});
  }
  while (const Client* silent = clients_.longest_silent()) {
    if (silent->last_heard + options_.silence_max > turn.now) break;
    turn.out.push_back(DropClient{silent->id, DropReason::silence});
    lose(*clients_.find(silent->id), turn.out);
  }
  while (const auto due = backstops_.due(turn.now)) {
    Driver& driver = *drivers_.find(due->task.driver);
    Task& task = driver.tasks.at(due->task.number);
    turn.out.push_back(CancelAttempt{std::get<Running>(task.state).client, due->task, due->attempt});
    take_off(driver, task);
    settle(driver, due->task.number, OutcomeKind::timed_out, OutcomeCause::backstop, turn.out);
  }
}

Driver* Scheduler::State::known(DriverId id) {
  Driver* driver = drivers_.find(id);
  if (driver == nullptr) ++counters_.stale_reports;
  return driver;
}

void Scheduler::State::lose(Driver& driver, Actions& out) {
  while (!driver.running.empty()) {
    const std::uint64_t number = driver.running.back();
    Task& task = driver.tasks.at(number);
    out.push_back(CancelAttempt{std::get<Running>(task.state).client, {driver.id, number}, task.attempt});
    take_off(driver, task);
  }
  unsettled_ -= driver.tasks.size();
  drivers_.remove(driver.id);
}

Client* Scheduler::State::hear(ClientId id, TimePoint now) {
  Client* client = clients_.find(id);
  if (client != nullptr) {
    clients_.heard(*client, now);
  } else {
    ++counters_.stale_reports;
  }
  return client;
}

template <class Report>
std::optional<Scheduler::State::Reported> Scheduler::State::current(const Report& report, TimePoint now) {
  Client* client = hear(report.client, now);
  if (client == nullptr) return std::nullopt;
  Driver* driver = drivers_.find(report.task.driver);
  Task* task = driver != nullptr ? driver->tasks.find(report.task.number) : nullptr;
  const Running* running = task != nullptr ? std::get_if<Running>(&task->state) : nullptr;
  if (running == nullptr || running->client != report.client || task->attempt != report.attempt) {
    ++counters_.stale_reports;
    return std::nullopt;
  }
  return Reported{*client, *driver, *task};
}

bool Scheduler::State::is_armed(const BackstopTimers::Entry& entry) const {
  const Driver* driver = drivers_.find(entry.task.driver);
  const Task* task = driver != nullptr ? driver->tasks.find(entry.task.number) : nullptr;
  const Running* running = task != nullptr ? std::get_if<Running>(&task->state) : nullptr;
  return running != nullptr && running->backstop_armed && task->attempt == entry.attempt;
}

void Scheduler::State::queue(Driver& driver, std::uint64_t number, End end, Actions& out) {
  if (!hopeless_.empty() && hopeless_.contains(driver.queue.code_of(driver.tasks.at(number).lane))) {
    settle(driver, number, OutcomeKind::error, OutcomeCause::no_client_can, out);
  } else if (end == End::front) {
    drivers_.queue_first(driver, number);
  } else {
    drivers_.queue_last(driver, number);
  }
}

void Scheduler::State::take_off(Driver& driver, Task& task) {
  const Running running = std::get<Running>(task.state);
  task.state = Queued{};

  if (remove_unordered(driver.running, running.driver_position)) {
    Task& moved = driver.tasks.at(driver.running[running.driver_position]);
    std::get<Running>(moved.state).driver_position = running.driver_position;
  }

  Client& client = *clients_.find(running.client);
  if (remove_unordered(client.in_flight, running.client_position)) {
    const TaskId& id = client.in_flight[running.client_position];
    Task& moved = drivers_.find(id.driver)->tasks.at(id.number);
    std::get<Running>(moved.state).client_position = running.client_position;
  }
  clients_.refile(client);

  if (running.backstop_armed) {
    backstops_.disarm([this](const BackstopTimers::Entry& entry) { return is_armed(entry); });
  }
}

void Scheduler::State::settle(Driver& driver, std::uint64_t number, OutcomeKind kind, OutcomeCause cause,
                              Actions& out) {
  driver.tasks.retire(number);
  --unsettled_;
  ++counters_.settled;
  out.push_back(ReportOutcome{{driver.id, number}, kind, cause});
}

void Scheduler::State::lose(Client& client, Actions& out) {
  clients_.drain(client);
  give_up_hopeless(out);
  // The youngest goes to the front first, so that the oldest ends up before it.
  std::vector<TaskId> held = client.in_flight;
  std::sort(held.begin(), held.end(), std::greater<>{});
  for (const TaskId& id : held) {
    Driver& driver = *drivers_.find(id.driver);
    Task& task = driver.tasks.at(id.number);
    take_off(driver, task);
    if (task.worker_deaths_max == 1) {
      settle(driver, id.number, OutcomeKind::error, OutcomeCause::client_lost, out);
    } else {
      queue(driver, id.number, End::front, out);
    }
  }
  clients_.remove(client.id);
}

void Scheduler::State::count_timeout(Client& client, std::uint32_t slot, Actions& out) {
  if (client.revive_limit == unlimited || slot >= client.slots) return;
  if (++client.timeouts[slot] <= client.revive_limit) return;
  out.push_back(DropClient{client.id, DropReason::revive_limit});
  lose(client, out);
}

void Scheduler::State::give_up_hopeless(Actions& out) {
  hopeless_ = clients_.hopeless_codes();
  for (const CodeId code : hopeless_) {
    while (const auto taken = drivers_.take_of(code)) {
      settle(*taken->driver, taken->number, OutcomeKind::error, OutcomeCause::no_client_can, out);
    }
  }
}

}  // namespace blitzen::core
