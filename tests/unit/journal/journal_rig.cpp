#include "journal_rig.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace blitzen::testing {

using namespace journal;

namespace {

std::string text_of(const base::SharedBytes& bytes) { return std::string(base::as_text(bytes.bytes())); }

void on(State& state, const DriverJoined& it) {
  state.try_emplace(it.driver, DriverState{.joined = it, .functions = {}, .tasks = {}, .outcomes = {}});
}

void on(State& state, const DriverChanged& it) {
  if (const auto driver = state.find(it.now.driver); driver != state.end()) driver->second.joined = it.now;
}

void on(State& state, const DriverForgotten& it) { state.erase(it.driver); }

void on(DriverState& driver, const FunctionDefined& it) {
  driver.functions.try_emplace(it.index, text_of(it.definition));
}

void on(DriverState& driver, const TaskAccepted& it) {
  if (driver.outcomes.contains(it.number)) return;
  driver.tasks.try_emplace(it.number, TaskState{.function = it.function,
                                                .timeout_ns = it.timeout_ns,
                                                .worker_deaths_max = it.worker_deaths_max,
                                                .arguments = text_of(it.arguments),
                                                .started = false});
}

void on(DriverState& driver, const TaskStarted& it) {
  if (const auto task = driver.tasks.find(it.number); task != driver.tasks.end()) task->second.started = true;
}

void on(DriverState& driver, const TaskSettled& it) {
  driver.tasks.erase(it.number);
  driver.outcomes.try_emplace(it.number,
                              OutcomeState{.outcome = it.outcome, .ran_ns = it.ran_ns, .content = text_of(it.content)});
}

void on(DriverState& driver, const OutcomesAcknowledged& it) {
  if (it.first > it.last) return;
  driver.outcomes.erase(driver.outcomes.lower_bound(it.first), driver.outcomes.upper_bound(it.last));
}

template <class Fact>
void on(State& state, const Fact& it) {
  if (const auto driver = state.find(it.driver); driver != state.end()) on(driver->second, it);
}

template <class Map>
bool contains_all(const Map& whole, const Map& part) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; }) &&
         std::all_of(part.begin(), part.end(),
                     [&](const auto& entry) { return whole.at(entry.first) == entry.second; });
}

void require(bool holds, const char* otherwise) {
  if (!holds) throw std::logic_error(otherwise);
}

constexpr std::uint32_t function_index = 3;

Record random_record(std::mt19937_64& random) {
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  const auto driver = static_cast<std::uint32_t>(below(3));
  const std::uint64_t number = below(40);
  const std::string text(below(8) == 0 ? below(9000) : below(60), static_cast<char>('a' + below(26)));
  switch (below(20)) {
    case 0:
      return joined(driver);
    case 1: {
      DriverChanged changed{joined(driver)};
      changed.now.session.fill(static_cast<std::byte>(below(256)));
      changed.now.numbers_below = number;
      return changed;
    }
    case 2:
      if (below(4) == 0) return DriverForgotten{driver};
      return FunctionDefined{driver, static_cast<std::uint32_t>(below(5)), payload(text)};
    case 3:
    case 4:
      return TaskStarted{driver, number};
    case 5:
    case 6:
    case 7:
      return settled(driver, number, text);
    case 8:
      return OutcomesAcknowledged{driver, number, number + below(3)};
    default:
      return accepted(driver, number, text);
  }
}

}  // namespace

void apply(State& state, const Record& record) {
  std::visit([&](const auto& it) { on(state, it); }, record);
}

bool contains(const State& whole, const State& part) {
  return std::all_of(part.begin(), part.end(), [&](const auto& entry) {
    const auto found = whole.find(entry.first);
    return found != whole.end() && found->second.joined == entry.second.joined &&
           contains_all(found->second.functions, entry.second.functions) &&
           contains_all(found->second.tasks, entry.second.tasks) &&
           contains_all(found->second.outcomes, entry.second.outcomes);
  });
}

DriverState& Collector::last(std::uint32_t driver) {
  require(!state.empty() && state.rbegin()->first == driver, "what belongs to a driver came without it");
  return state.rbegin()->second;
}

void Collector::on_driver(DriverJoined&& driver) {
  require(state.empty() || state.rbegin()->first < driver.driver, "the drivers are out of order");
  on(state, driver);
}

void Collector::on_function(FunctionDefined&& function) {
  DriverState& driver = last(function.driver);
  require(driver.tasks.empty() && driver.outcomes.empty(), "a function came after tasks");
  require(driver.functions.empty() || driver.functions.rbegin()->first < function.index, "functions are out of order");
  on(driver, function);
}

bool Collector::on_task(TaskAccepted&& task, bool started) {
  DriverState& driver = last(task.driver);
  require(driver.outcomes.empty(), "a task came after outcomes");
  require(driver.tasks.empty() || driver.tasks.rbegin()->first < task.number, "tasks are out of order");
  on(driver, task);
  driver.tasks.at(task.number).started = started;
  return true;
}

void Collector::on_outcome(TaskSettled&& outcome) {
  DriverState& driver = last(outcome.driver);
  require(driver.outcomes.empty() || driver.outcomes.rbegin()->first < outcome.number, "outcomes are out of order");
  driver.outcomes.emplace(
      outcome.number,
      OutcomeState{.outcome = outcome.outcome, .ran_ns = outcome.ran_ns, .content = text_of(outcome.content)});
}

base::SharedBytes payload(std::string_view text) { return base::SharedBytes::copy_of(base::as_bytes(text)); }

DriverJoined joined(std::uint32_t driver) {
  SessionId session{};
  session.fill(static_cast<std::byte>(driver + 1));
  return {.driver = driver,
          .session = session,
          .job = driver % 2 == 0 ? "" : "a job",
          .keeps = driver % 2 == 1,
          .numbers_below = driver * 100ULL};
}

FunctionDefined defined(std::uint32_t driver) { return {driver, function_index, payload("a function")}; }

TaskAccepted accepted(std::uint32_t driver, std::uint64_t number, std::string_view arguments) {
  return {.driver = driver,
          .number = number,
          .function = function_index,
          .timeout_ns = 5'000'000'000,
          .worker_deaths_max = 2,
          .arguments = payload(arguments)};
}

TaskSettled settled(std::uint32_t driver, std::uint64_t number, std::string_view content) {
  return {.driver = driver, .number = number, .outcome = 1, .ran_ns = 1'000 + number, .content = payload(content)};
}

std::vector<Record> random_records(std::mt19937_64& random, std::size_t count) {
  std::vector<Record> records;
  for (std::size_t i = 0; i < count; ++i) records.push_back(random_record(random));
  return records;
}

DiskRig::DiskRig(std::uint64_t seed) : disk(seed) {
  options.vfs = disk.vfs();
  options.put_file = [this](const std::string& file, std::span<const std::byte> content) { disk.put(file, content); };
}

State DiskRig::recovered() const {
  Collector collector;
  const Recovered recovered = open()->recover(collector);
  for (const std::string& finding : recovered.damage) FAIL_CHECK(finding);
  return collector.state;
}

void BackPressure::commit(std::uint64_t position) {
  const std::lock_guard lock(mutex_);
  committed_ = position;
  came_.notify_one();
}

void BackPressure::wait(std::uint64_t position, std::uint64_t records_max) {
  std::unique_lock lock(mutex_);
  came_.wait(lock, [&] { return position - committed_ <= records_max; });
}

State recovered_from(const std::string& path) {
  Collector collector;
  const Recovered recovered = Store(path).recover(collector);
  for (const std::string& finding : recovered.damage) FAIL_CHECK(finding);
  return collector.state;
}

}  // namespace blitzen::testing
