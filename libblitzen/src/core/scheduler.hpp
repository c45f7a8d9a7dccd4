// The scheduler: a pure state machine. Events in, actions out, time passed in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/actions.hpp"
#include "core/events.hpp"

namespace blitzen::core {

/// Every tunable of the scheduler, with its unit and reason.
struct SchedulerOptions {
  /// A client that says nothing for this long is lost (clients speak every 2 s).
  Duration silence_max = std::chrono::seconds{10};
  /// What the client gets on top of the timeout to kill the task and say so, before the core settles it itself.
  Duration backstop_slack = std::chrono::seconds{10};
  /// After this a client is tried again with code that it refused: what stood in the way may have been a passing lack
  /// of memory or descriptors.
  Duration refusal_lasts = std::chrono::seconds{10};
  /// The same for code that it refused just for now. Short, since tasks wait for it; asking costs a few packets.
  Duration passing_refusal_lasts = std::chrono::seconds{1};
  /// A client is handed enough unstarted work to stay busy for this long without hearing from the host.
  Duration prefetch_horizon = std::chrono::milliseconds{5};
};

/// Totals since the start, for logs and tests.
struct SchedulerCounters {
  std::uint64_t submitted = 0;
  std::uint64_t settled = 0;
  std::uint64_t stale_reports = 0;  ///< Dropped because the attempt was no longer current.
};

/// First in, first out within a driver; round robin between drivers; one outcome per task.
/// The same core serves the local pool, the server, the unit tests and the simulator.
/// Not thread-safe; never blocks; O(1) or O(log n) per task in queued tasks and clients.
class Scheduler {
 public:
  explicit Scheduler(SchedulerOptions options = {});
  Scheduler(Scheduler&&) noexcept;
  Scheduler& operator=(Scheduler&&) noexcept;
  ~Scheduler();

  /// Applies one fact and appends what the host must now do, in order.
  /// `now` never decreases between calls. A fact about something unknown or stale changes nothing and is counted.
  void step(const Event& event, TimePoint now, Actions& out);

  /// Hands queued tasks to clients with room. Apart from step(), so that a host can apply a whole batch of facts first
  /// and assign once; a host calls it after every batch.
  void assign(TimePoint now, Actions& out);

  /// When to call step(DeadlineReached{}, ...) next; empty if nothing is timed.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;

  [[nodiscard]] const SchedulerCounters& counters() const;
  /// Accepted and not yet settled, all drivers.
  [[nodiscard]] std::uint64_t unsettled() const;
  [[nodiscard]] std::uint64_t unsettled(DriverId driver) const;
  /// Whether a client has it.
  [[nodiscard]] bool is_assigned(const TaskId& task) const;
  /// Throws std::logic_error naming the first invariant that does not hold. O(everything): for tests and the simulator.
  void check_invariants() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace blitzen::core
