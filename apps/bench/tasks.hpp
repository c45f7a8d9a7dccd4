// The functions that the workloads run as tasks, and what each must return.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "apps/bench/system/futex.hpp"
#include "blitzen/outcome.hpp"

namespace blitzen::bench {

/// A result was wrong or missing.
class WrongResult : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws WrongResult unless the outcome is this value.
template <class T>
void expect(const Outcome<T>& outcome, const T& value, std::size_t number) {
  if (!outcome) throw WrongResult("task " + std::to_string(number) + " has no value: " + outcome.error().message());
  if (outcome.value() != value) throw WrongResult("task " + std::to_string(number) + " has a wrong value");
}

/// What every task makes of the number it is given, so that a result tells which argument it belongs to.
constexpr std::uint64_t mixed(std::uint64_t argument) { return argument ^ 0x9E3779B97F4A7C15U; }

/// Does next to nothing.
std::uint64_t no_op(std::uint64_t argument);

/// Returns the bytes with the first eight and the last eight, which are numbers, mixed.
std::string change_ends(std::string bytes);
/// Writes the number there.
void stamp_ends(std::string& bytes, std::uint64_t number);

/// When and where a task started, and when it killed its worker, if it did.
struct TaskTrace {
  std::int64_t started_ns;
  std::int64_t killed_ns;
  std::int32_t worker;
};

/// Keeps a processor busy for `busy_ns`, and kills its own worker then if `deadly`. Leaves a trace in a SharedArray of
/// `traces` TaskTraces.
std::uint64_t leave_trace(std::uint64_t argument, std::int64_t busy_ns, bool deadly, const std::string& file,
                          std::uint64_t traces);

/// Computes for that long. Returns the mixed argument.
std::uint64_t compute_for(std::uint64_t argument, std::int64_t nanoseconds);

/// Sleeps until this much later. Returns the mixed argument and for how many nanoseconds it was inside.
std::pair<std::uint64_t, std::int64_t> sleep_for(std::uint64_t argument, std::int64_t nanoseconds);

/// Where tasks wait for each other: a SharedArray of one.
struct Assembly {
  SharedWord present;
  std::atomic<std::int64_t> complete_ns;  ///< When the last of them came.
};

/// Waits until `expected` tasks are in it at once, but not for ever. Throws if they do not come.
std::uint64_t assemble(std::uint64_t argument, std::uint32_t expected, const std::string& file);

/// Leaves a trace like leave_trace(), but not before `expected` tasks are there at once: so that each worker leaves
/// one.
std::uint64_t leave_trace_together(std::uint64_t argument, std::uint32_t expected, const std::string& assembly_file,
                                   const std::string& trace_file, std::uint64_t traces);

}  // namespace blitzen::bench
