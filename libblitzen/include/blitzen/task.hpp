/// \file
/// Tasks, and what may be asked for with each of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

namespace blitzen {

/// A ticket for one call: cheap to copy, of no effect when it goes out of scope.
/// `T` is what the function returns. Fetch its outcome with get_results() of the dispatcher that made it.
template <class T>
struct Task {
  std::uint64_t number = 0;      ///< Counts the tasks of a dispatcher, or of a job, from 0 in the order of run() calls.
  std::uint32_t dispatcher = 0;  ///< Which dispatcher of this process made it.
  friend bool operator==(const Task&, const Task&) = default;
};

/// What one run() may ask for. Use designated initialisers:
/// \code
/// cluster.run({.timeout = 7s, .name = "sector 12"}, simulate, 12);
/// \endcode
struct RunOptions {
  /// How long the function may run, counted from its start in the worker. Then the worker and every process it started
  /// are ended. Zero: no limit. Not given: the dispatcher's default.
  std::optional<std::chrono::nanoseconds> timeout = std::nullopt;
  /// For people: the message of the task's error begins with it.
  std::string name = {};
  /// The task is poisoned when this many workers died executing it. From 1 to 255. 1 means it is started at most once,
  /// whatever fails: it also ends with an `error` when the client or the server that had it is lost.
  int worker_deaths_max = 3;
};

namespace detail {

/// What `{.timeout = 7}` makes: RunOptions with a number where a duration belongs. Without a number it cannot be made,
/// so that it never competes with RunOptions.
struct RunOptionsWithoutUnit {
  struct Number {
    template <class T>
    requires std::is_arithmetic_v<T> Number(T) {}
  };
  Number timeout;
  std::string name = {};
  int worker_deaths_max = 3;
};

}  // namespace detail

/// What run() does when a dispatcher has as many unsettled tasks as it may.
enum class AtTaskLimit : std::uint8_t {
  wait,         ///< Blocks until one is settled.
  throw_error,  ///< Throws Error{task_limit}.
};

}  // namespace blitzen
