// What the scheduler knows, and what each event does to it.
#pragma once

#include <cstdint>
#include <optional>

#include "core/backstop_timers.hpp"
#include "core/client_table.hpp"
#include "core/driver_table.hpp"
#include "core/scheduler.hpp"

namespace blitzen::core {

class Scheduler::State {
 public:
  explicit State(const SchedulerOptions& options) : options_(options), clients_(options.prefetch_horizon) {}

  void step(const Event& event, TimePoint now, Actions& out);
  void assign(Actions& out);
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  [[nodiscard]] const SchedulerCounters& counters() const { return counters_; }
  [[nodiscard]] std::uint64_t unsettled() const { return unsettled_; }
  [[nodiscard]] std::uint64_t unsettled(DriverId driver) const;
  [[nodiscard]] bool is_assigned(const TaskId& task) const;
  void check_invariants() const;

 private:
  /// What one step needs: when it happens and where its actions go.
  struct Turn {
    TimePoint now;
    Actions& out;
  };

  /// A report's subject, when its attempt is the current one.
  struct Reported {
    Client& client;
    Driver& driver;
    Task& task;
  };

  void on(const LifeBegan& event, Turn turn);
  void on(const DriverJoined& event, Turn turn);
  void on(const DriverAway& event, Turn turn);
  void on(const DriverBack& event, Turn turn);
  void on(const DriverCongested& event, Turn turn);
  void on(const DriverLost& event, Turn turn);
  void on(const TaskSubmitted& event, Turn turn);
  void on(const TaskCancelled& event, Turn turn);
  void on(const ClientJoined& event, Turn turn);
  void on(const AttemptClaimed& event, Turn turn);
  void on(const ClientHeard& event, Turn turn);
  void on(const ClientDraining& event, Turn turn);
  void on(const ClientLost& event, Turn turn);
  void on(const StartObserved& event, Turn turn);
  void on(const TaskFinished& event, Turn turn);
  void on(const WorkerDied& event, Turn turn);
  void on(const TaskReturned& event, Turn turn);
  void on(const CodeRefused& event, Turn turn);
  void on(const DeadlineReached& event, Turn turn);

  /// Null and counted when it is unknown.
  Driver* known(DriverId id);
  /// Cancels what runs and forgets the driver.
  void lose(Driver& driver, Actions& out);
  /// The client, which is herewith heard; null and counted when it is unknown.
  Client* hear(ClientId id, TimePoint now);
  /// Empty and counted when anything but the current attempt is reported.
  template <class Report>
  std::optional<Reported> current(const Report& report, TimePoint now);
  [[nodiscard]] bool is_armed(const BackstopTimers::Entry& entry) const;

  enum class End : std::uint8_t { front, back };
  /// Queues the task, or settles it when no client can run its code.
  void queue(Driver& driver, std::uint64_t number, End end, Actions& out);
  /// Takes a running task from its client and leaves it in no list.
  void take_off(Driver& driver, Task& task);
  void settle(Driver& driver, std::uint64_t number, OutcomeKind kind, OutcomeCause cause, Actions& out);
  /// Queues the client's tasks anew, but for those that must not be started twice, and forgets it.
  void lose(Client& client, Actions& out);
  /// Counts a timeout on the slot; drops the client when it had too many.
  void count_timeout(Client& client, std::uint32_t slot, Actions& out);
  /// After clients came, went or refused: settles what no client can run now.
  void give_up_hopeless(Actions& out);

  using RingOfKind = Ring<Client> ClientKind::*;
  using RoomOfClient = std::uint64_t (Client::*)() const;
  /// Hands queued tasks to the clients in one ring of every kind, at most as many as each has room for.
  void hand_out(RingOfKind ring, RoomOfClient room, Actions& out);
  void hand_over(Client& client, std::uint64_t count, Actions& out);
  void start_attempt(Client& client, Driver& driver, std::uint64_t number, Actions& out);
  /// The client has this attempt of the task, which is in no list.
  void put_on(Client& client, Driver& driver, std::uint64_t number, Attempt attempt);
  [[nodiscard]] bool may_claim(const Driver& driver, const Task& task, Attempt attempt) const;
  /// Asks clients for unstarted tasks on behalf of idle ones.
  void recall(Actions& out);
  void recall_for(const ClientKind& kind, Actions& out);
  [[nodiscard]] bool may_suit(const Client& holder, const ClientKind& kind) const;

  void check_driver(const Driver& driver) const;

  SchedulerOptions options_;
  SchedulerCounters counters_;
  DriverTable drivers_;
  ClientTable clients_;
  BackstopTimers backstops_;
  CodeSet hopeless_;  ///< Codes that every client there is refuses.
  std::uint64_t unsettled_ = 0;
  std::uint32_t life_ = 0;
};

}  // namespace blitzen::core
