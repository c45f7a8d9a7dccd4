#include "dispatch/common_engine.hpp"

#include <algorithm>
#include <exception>

#include "base/century.hpp"
#include "base/counted.hpp"
#include "base/large_memory.hpp"
#include "base/parents_own.hpp"
#include "base/size_text.hpp"
#include "base/usable_memory.hpp"
#include "blitzen/logging.hpp"
#include "dispatch/wording.hpp"
#include "proto/failure.hpp"
#include "proto/limits.hpp"

namespace blitzen::dispatch {
namespace {

/// About what a dispatcher keeps of a task, in its ledger, its scheduler or its packets, and of its result.
constexpr std::size_t kept_bytes_per_task = 192;

}  // namespace

CommonEngine::CommonEngine(EngineOptions options) : options_(options) {
  if (options.task_limit == 0)
    throw Error(ErrorCode::invalid_option, "task_limit must be 1 or more: with 0 no task could ever be run");
  if (options.timeout.count() < 0) throw Error(ErrorCode::invalid_option, "timeout must not be negative; 0 means none");
  if (options.memory_limit == 0) options_.memory_limit = base::usable_memory() / 2;
  options_.timeout = base::at_most_a_century(options.timeout);
}

CommonEngine::Lock CommonEngine::enter() const {
  base::require_maker(witness_, "this dispatcher");
  return Lock(mutex_);
}

void CommonEngine::require_open() const {
  const Lock lock = enter();
  check_open();
}

std::uint64_t CommonEngine::submit(const detail::Callable& callable, const RunOptions& options,
                                   detail::ArgumentBuffer&& arguments) {
  if (options.worker_deaths_max < 1 || options.worker_deaths_max > 255)
    throw Error(ErrorCode::invalid_option, "worker_deaths_max must be from 1 to 255");
  const std::chrono::nanoseconds timeout = base::at_most_a_century(options.timeout.value_or(options_.timeout));
  if (timeout.count() < 0) throw Error(ErrorCode::invalid_option, "a timeout cannot be negative");

  Lock lock = enter();
  check_open();
  wait_for_room(lock);
  // Large arguments lie elsewhere.
  heap_.expect(kept_bytes_per_task + (arguments.size() < base::LargeMemory::block_bytes_min ? arguments.size() : 0));
  const std::uint64_t number = ledger_.add({.content = arena_.keep(arguments.bytes(), arguments.take_block()),
                                            .timeout = timeout,
                                            .function = functions_.index_of(callable),
                                            .worker_deaths_max = static_cast<std::uint8_t>(options.worker_deaths_max)});
  if (!options.name.empty()) names_.emplace(number, options.name);
  task_added(lock, number);
  return number;
}

void CommonEngine::wait(std::uint64_t number) {
  Lock lock = enter();
  if (known(number).state == EntryState::unsettled) wait_for(lock, number);
}

detail::Pin CommonEngine::fetch(std::span<const std::uint64_t> numbers, std::vector<detail::RawOutcome>& out) {
  auto contents = std::make_shared<std::vector<base::SharedBytes>>();
  contents->reserve(numbers.size());
  out.reserve(out.size() + numbers.size());
  Lock lock = enter();
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number)
    if (known(*number).state == EntryState::unsettled) wait_for(lock, *number);
  for (const std::uint64_t number : numbers) {
    const LedgerEntry& entry = known(number);
    contents->push_back(entry.content);
    out.push_back({entry.outcome, entry.timeout, contents->back().bytes()});
  }
  return contents;
}

detail::Pin CommonEngine::fetch_all(std::vector<detail::FoundOutcome>& out) {
  auto contents = std::make_shared<std::vector<base::SharedBytes>>();
  Lock lock = enter();
  const std::vector<std::uint64_t> numbers = ledger_.numbers();
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) wait_for(lock, *number);
  contents->reserve(numbers.size());
  out.reserve(out.size() + numbers.size());
  for (const std::uint64_t number : numbers) {
    const LedgerEntry* entry = ledger_.find(number);
    if (entry == nullptr) continue;  // cleared by another thread
    contents->push_back(entry->content);
    out.push_back({number,
                   {entry->outcome, entry->timeout, contents->back().bytes()},
                   entry->found ? nullptr : &functions_.result_type(entry->function)});
  }
  return contents;
}

TaskError CommonEngine::describe(std::uint64_t number, const detail::RawOutcome& outcome) const {
  std::string name;
  {
    const Lock lock = enter();
    if (const auto named = names_.find(number); named != names_.end()) name = named->second;
  }
  return in_words(outcome, name);
}

bool CommonEngine::settled(std::uint64_t number) const {
  const Lock lock = enter();
  return known(number).state == EntryState::settled;
}

std::size_t CommonEngine::unsettled() const {
  const Lock lock = enter();
  return ledger_.unsettled();
}

void CommonEngine::clear(std::span<const std::uint64_t> numbers) {
  Lock lock = enter();
  for (const std::uint64_t number : numbers) static_cast<void>(known(number));
  clear(lock, numbers);
}

void CommonEngine::clear_all() {
  Lock lock = enter();
  clear(lock, ledger_.numbers());
}

void CommonEngine::clear(Lock& lock, std::span<const std::uint64_t> numbers) {
  std::vector<std::uint64_t> abandoned;
  std::vector<std::uint64_t> dropped;
  for (const std::uint64_t number : numbers) {
    (open(number) ? abandoned : dropped).push_back(number);
    ledger_.clear(number);
    names_.erase(number);
    wake_waiters_for(number);
  }
  room_.notify_all();
  if (!dropped.empty()) outcomes_dropped(lock, dropped);
  if (!abandoned.empty()) tasks_abandoned(lock, abandoned);
}

bool CommonEngine::settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran,
                          base::SharedBytes content) {
  if (!ledger_.settle(number, outcome, ran, std::move(content))) return false;
  wake_waiters_for(number);
  if (waiting_for_room_ > 0 && has_room()) room_.notify_all();
  return true;
}

void CommonEngine::settle_all(OutcomeKind outcome, const std::string& sentence) {
  const base::SharedBytes content = as_content(proto::failure_saying(sentence));
  for (const std::uint64_t number : ledger_.numbers())
    settle(number, outcome, std::chrono::nanoseconds::zero(), content);
}

bool CommonEngine::begin_shutdown(bool goes_on) {
  if (in_forked_child()) return false;
  const Lock lock(mutex_);
  if (std::exchange(stopping_, true)) return false;
  if (!goes_on) settle_all(OutcomeKind::cancelled, "cancelled: its dispatcher was shut down before it ended");
  fail(Error(ErrorCode::shut_down, goes_on ? "this dispatcher was shut down and has left its job; attach to the job "
                                             "for what is still to come, or make a new dispatcher"
                                           : "this dispatcher was shut down; make a new one to run more tasks"));
  return true;
}

void CommonEngine::end() {
  // Who is leaving because of an exception has other worries.
  if (!in_forked_child() && !goes_on_without() && std::uncaught_exceptions() == 0) {
    if (const std::size_t count = unsettled(); count > 0)
      logging::get_logger().warning(base::counted(count, "task") + (count == 1 ? " has" : " have") +
                                    " no outcome yet and " + (count == 1 ? "is" : "are") +
                                    " cancelled, because the dispatcher ends here; wait with get_results() or join(), "
                                    "or call shutdown() if that is meant");
  }
  shutdown();
}

void CommonEngine::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  for (Waiter& waiter : waiters_) waiter.settled.notify_all();
  room_.notify_all();
}

void CommonEngine::limit_tasks(std::uint64_t task_limit) {
  options_.task_limit = std::min<std::size_t>(options_.task_limit, task_limit);
}

Error CommonEngine::limit_reached() const {
  if (ledger_.unsettled() >= options_.task_limit)
    return {ErrorCode::task_limit, "the limit of " + std::to_string(options_.task_limit) +
                                       " unsettled tasks is reached; fetch results first, or raise task_limit"};
  return {ErrorCode::task_limit, "the arguments of unsettled tasks take " + base::size_text(ledger_.unsettled_bytes()) +
                                     ", as much as memory_limit allows; fetch results first, or raise it"};
}

void CommonEngine::wait_for_room(Lock& lock) {
  if (has_room()) return;
  if (options_.at_task_limit == AtTaskLimit::throw_error) throw limit_reached();
  ++waiting_for_room_;
  wait_until(lock, room_, [this] { return has_room() || failure_; });
  --waiting_for_room_;
  check_open();
}

void CommonEngine::wait_for(Lock& lock, std::uint64_t number) {
  if (!open(number)) return;
  if (failure_) throw *failure_;
  const auto done = [this, number] { return !open(number) || failure_; };
  if (!work_until(lock, done)) {
    const auto waiter = waiters_.emplace(waiters_.end());
    waiter->number = number;
    sleep_until(lock, waiter->settled, done);
    waiters_.erase(waiter);
  }
  if (open(number)) throw *failure_;
}

bool CommonEngine::open(std::uint64_t number) const {
  const LedgerEntry* entry = ledger_.find(number);
  return entry != nullptr && entry->state == EntryState::unsettled;
}

void CommonEngine::wake_waiters_for(std::uint64_t number) {
  for (Waiter& waiter : waiters_)
    if (waiter.number == number) waiter.settled.notify_all();
}

void CommonEngine::check_open() const {
  if (failure_) throw *failure_;
}

const LedgerEntry& CommonEngine::known(std::uint64_t number) const {
  const LedgerEntry* entry = ledger_.find(number);
  if (entry == nullptr)
    throw Error(ErrorCode::unknown_task,
                "task " + std::to_string(number) + " is not known: it was cleared, or another dispatcher made it");
  return *entry;
}

}  // namespace blitzen::dispatch
