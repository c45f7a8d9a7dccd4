#include "blitzen/dispatcher.hpp"

#include <atomic>

#include "base/parents_own.hpp"
#include "proto/failure.hpp"

namespace blitzen {
namespace {

std::uint32_t next_dispatcher_id() {
  static std::atomic<std::uint32_t> last{0};
  return ++last;
}

}  // namespace

TaskError detail::no_memory_to_decode(std::size_t bytes) {
  return TaskError({.kind = OutcomeKind::error, .message = proto::no_memory_for_result(bytes, "this program").message});
}

TaskError detail::undecodable(const char* what) {
  return TaskError({.kind = OutcomeKind::error,
                    .message = std::string("the result cannot be decoded (") +
                               (what == nullptr ? "its type's load threw something that is no std::exception" : what) +
                               "); do its type's save and load agree, and is it what the task returns (tasks<T>())?"});
}

Dispatcher::Dispatcher(std::unique_ptr<detail::Engine> engine)
    : engine_(std::move(engine)), id_(next_dispatcher_id()) {}

Dispatcher::~Dispatcher() {
  if (engine_->in_forked_child()) {
    base::leave_to_parent(engine_);
  } else {
    engine_->end();
  }
}

std::vector<AnyOutcome> Dispatcher::get_results() {
  std::vector<detail::FoundOutcome> found;
  const detail::Pin pin = engine_->fetch_all(found);
  std::vector<AnyOutcome> outcomes;
  outcomes.reserve(found.size());
  for (const detail::FoundOutcome& one : found) {
    AnyOutcome outcome(one.number, one.outcome, one.type, pin);
    if (!outcome.has_value()) outcome.error_ = std::make_shared<TaskError>(engine_->describe(one.number, one.outcome));
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

std::size_t Dispatcher::unsettled() const { return engine_->unsettled(); }

void Dispatcher::clear() { engine_->clear_all(); }

std::vector<AnyOutcome> Dispatcher::join() {
  std::vector<AnyOutcome> outcomes;
  try {
    outcomes = get_results();
    std::vector<std::uint64_t> numbers;
    numbers.reserve(outcomes.size());
    for (const AnyOutcome& outcome : outcomes) numbers.push_back(outcome.number());
    engine_->release(numbers);
  } catch (...) {
    shutdown();
    throw;
  }
  shutdown();
  return outcomes;
}

void Dispatcher::shutdown() { engine_->shutdown(); }

std::uint64_t Dispatcher::own(std::uint32_t dispatcher, std::uint64_t number) const {
  if (dispatcher != id_)
    throw Error(ErrorCode::unknown_task, "this task was made by another dispatcher; ask that one for its outcome");
  return number;
}

}  // namespace blitzen
