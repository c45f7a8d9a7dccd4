#include "history.hpp"

#include <algorithm>
#include <utility>

#include "blitzen/logging.hpp"
#include "proto/codec.hpp"

namespace blitzen::sim {
namespace {

[[noreturn]] void object(const TaskKey& task, const std::string& sentence) {
  throw Violation(to_text(task) + " " + sentence);
}

proto::Failure failure_in(const TaskKey& key, proto::BytesView content) {
  proto::Failure failure;
  try {
    proto::decode(content, failure);
  } catch (const proto::DecodeError& error) {
    object(key, std::string("has an outcome whose content is nobody's: ") + error.what());
  }
  return failure;
}

}  // namespace

std::string to_text(const TaskKey& task) {
  return "task " + std::to_string(task.number) + " of driver " + std::to_string(task.driver);
}

void History::count(std::string_view what, std::uint64_t times) {
  auto found = tally_.find(what);
  if (found == tally_.end()) found = tally_.emplace(std::string(what), 0).first;
  found->second += times;
}

void History::tell_of(const TaskKey& task, std::string_view what) const {
  if (narrates_) logging::get_logger().info(to_text(task) + " " + std::string(what));
}

void History::submitted(const TaskSpec& spec) {
  tell_of(spec.arguments.task, spec.worker_deaths_max == 1 ? "is submitted, to be started once" : "is submitted");
  tasks_.emplace(spec.arguments.task, Task{.spec = spec, .last_execution = {}, .told = {}});
  count("tasks submitted");
}

void History::cancelled(const TaskKey& task) {
  tell_of(task, "is cancelled by its driver");
  tasks_.at(task).cancelled = true;
}

std::uint64_t History::started(const Arguments& arguments, std::uint32_t function) {
  const auto found = tasks_.find(arguments.task);
  require(found != tasks_.end(), "a client was given a task that nobody submitted");
  Task& task = found->second;
  if (task.spec.arguments.salt != arguments.salt || task.spec.function != function)
    object(arguments.task, "is executed with other arguments than it was submitted with");
  tell_of(arguments.task, "is started");
  if (!may_start(task)) object(arguments.task, "was started twice, although it must not be");
  task.last_execution = executions_.size();
  executions_.push_back({.task = arguments.task, .finish = {}});
  count("executions");
  mix(arguments.task.driver * 1'000'003 + arguments.task.number);
  return executions_.size() - 1;
}

void History::server_started(bool with_journal) {
  if (++server_lives_ > 1) restarted_with_journal_ |= with_journal;
}

bool History::may_start(const Task& task) { return task.spec.worker_deaths_max != 1 || !task.last_execution; }

void History::finished(std::uint64_t execution, proto::Finish finish) {
  tell_of(executions_.at(execution).task, "is finished by its client");
  executions_.at(execution).finish = finish;
}

void History::killed(std::uint64_t execution) {
  tell_of(executions_.at(execution).task, "kills its worker");
  executions_.at(execution).killed = true;
  count("worker deaths");
}

void History::told(const TaskKey& key, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  const auto found = tasks_.find(key);
  require(found != tasks_.end(), "a driver was told of a task that it never submitted");
  Task& task = found->second;
  tell_of(key, "has outcome " + std::to_string(static_cast<int>(outcome.outcome)));
  mix(key.driver * 1'000'003 + key.number + static_cast<std::uint64_t>(outcome.outcome) * 7919);
  if (!task.told) {
    check(key, task, outcome);
    ++settled_;
    task.told = Told{outcome.outcome, outcome.ran_ns, packet.slice(outcome.content)};
    return;
  }
  count("outcomes told again");
  if (task.told->outcome != outcome.outcome || task.told->ran_ns != outcome.ran_ns ||
      !std::ranges::equal(task.told->content.bytes(), outcome.content))
    object(key, "has another outcome than its driver was told before");
}

void History::check(const TaskKey& key, const Task& task, const proto::ReportedOutcome& outcome) {
  const auto result = from_bytes<Result>(outcome.content);
  switch (outcome.outcome) {
    case proto::Outcome::value:
      count("values");
      if (!result) object(key, "has a value that no client made");
      return check_result(key, task, *result, proto::Finish::value);
    case proto::Outcome::error:
      count(result ? "errors" : "errors by the server");
      if (result) return check_result(key, task, *result, proto::Finish::error);
      return check_sentence(key, task, failure_in(key, outcome.content).message);
    case proto::Outcome::timed_out:
      count(result ? "timeouts" : "timeouts by the server");
      if (task.spec.timeout_ns == 0) object(key, "timed out without having a timeout");
      if (result) return check_result(key, task, *result, proto::Finish::timed_out);
      return static_cast<void>(failure_in(key, outcome.content));
    case proto::Outcome::cancelled:
      count("cancelled");
      if (!task.cancelled) object(key, "was cancelled, but not by its driver");
      return;
    case proto::Outcome::poisoned:
      count("poisoned");
      return check_deaths(key, task, failure_in(key, outcome.content));
    case proto::Outcome::expired:
      object(key, "expired, which nobody asked for");
  }
}

void History::check_result(const TaskKey& key, const Task& task, const Result& result, proto::Finish finish) const {
  if (result.stale != 0) object(key, "has an outcome that came too late to count");
  if (result.task != key || result.salt != task.spec.arguments.salt) object(key, "has the outcome of another task");
  const Execution& execution = executions_.at(result.execution);
  if (execution.task != key || execution.finish != finish) object(key, "has an outcome that its client did not report");
}

void History::check_deaths(const TaskKey& key, const Task& task, const proto::Failure& failure) const {
  if (failure.deaths.size() != task.spec.worker_deaths_max)
    object(key, "is poisoned after " + std::to_string(failure.deaths.size()) + " deaths instead of " +
                    std::to_string(task.spec.worker_deaths_max));
  std::set<std::uint32_t> seen;
  for (const proto::Obituary& death : failure.deaths) {
    if (!seen.insert(death.process).second) object(key, "is charged twice with one death");
    const Execution& execution = executions_.at(death.process);
    if (execution.task != key || !execution.killed) object(key, "is charged with a death that it did not die");
  }
}

/// What the server itself may say of a task.
void History::check_sentence(const TaskKey& key, const Task& task, const std::string& sentence) {
  const auto says = [&](std::string_view beginning) { return sentence.starts_with(beginning); };
  const bool may_be =
      (says("the server did not accept the task: this driver may have") && task_limit != 0) ||
      (says("no connected client can run the task") && refused_.contains(task.spec.function)) ||
      (says("the client on client-") && task.spec.worker_deaths_max == 1) ||
      (says("the server was started anew") && task.spec.worker_deaths_max == 1 && restarted_with_journal_);
  if (!may_be) object(key, "failed without a reason: " + sentence);
}

}  // namespace blitzen::sim
