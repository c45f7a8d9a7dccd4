/// \file
/// What a dispatcher's templates ask of the library behind them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <typeinfo>
#include <vector>

#include "blitzen/detail/argument_buffer.hpp"
#include "blitzen/detail/call.hpp"
#include "blitzen/outcome.hpp"
#include "blitzen/task.hpp"

namespace blitzen::detail {

/// An outcome before its type is known again. `content` is the encoded result of a value, else an encoded failure.
struct RawOutcome {
  OutcomeKind kind = OutcomeKind::value;
  std::chrono::nanoseconds ran{};
  std::span<const std::byte> content;
};

/// Keeps the contents of fetched outcomes alive.
using Pin = std::shared_ptr<const void>;

/// An outcome of a task that was not named.
struct FoundOutcome {
  std::uint64_t number = 0;
  RawOutcome outcome;
  const std::type_info* type = nullptr;  ///< What the task's function returns; null if that is not known.
};

/// Thread-safe. Numbers that were never given out, or were cleared, are Error{unknown_task}.
class Engine {
 public:
  virtual ~Engine() = default;

  /// Numbers the task and queues it. Waits or throws Error{task_limit} at the limit, as the options say.
  virtual std::uint64_t submit(const Callable& callable, const RunOptions& options, ArgumentBuffer&& arguments) = 0;
  /// Waits until it is settled.
  virtual void wait(std::uint64_t number) = 0;
  /// Waits until all are settled and appends their outcomes in that order.
  virtual Pin fetch(std::span<const std::uint64_t> numbers, std::vector<RawOutcome>& out) = 0;
  /// Waits until all tasks there are now are settled or cleared, and appends the outcomes of those that were not
  /// cleared, in submission order.
  virtual Pin fetch_all(std::vector<FoundOutcome>& out) = 0;
  /// Puts a failure into words.
  virtual TaskError describe(std::uint64_t number, const RawOutcome& outcome) const = 0;
  virtual bool settled(std::uint64_t number) const = 0;
  virtual std::size_t unsettled() const = 0;
  /// Cancels those that are not settled and forgets them all.
  virtual void clear(std::span<const std::uint64_t> numbers) = 0;
  virtual void clear_all() = 0;
  /// All that was asked for has these outcomes, for good: no other process needs them.
  virtual void release(std::span<const std::uint64_t> numbers) = 0;
  /// Cancels what is not settled, ends workers and connections. Further submits throw Error{shut_down}.
  virtual void shutdown() = 0;
  /// The same, by the dispatcher's destructor: warns of tasks whose outcomes nobody gets to know.
  virtual void end() = 0;
  /// True in a process forked from the one that made the engine. There shutdown() does nothing, everything else throws
  /// Error{forked}, and the engine must not be destroyed.
  virtual bool in_forked_child() const = 0;
};

}  // namespace blitzen::detail
