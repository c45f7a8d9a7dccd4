// What the engines of both dispatchers share: numbering, the ledger, waiting, and putting failures into words.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/byte_arena.hpp"
#include "base/fork_witness.hpp"
#include "blitzen/detail/engine.hpp"
#include "blitzen/detail/heap_forecast.hpp"
#include "blitzen/error.hpp"
#include "dispatch/function_table.hpp"
#include "dispatch/ledger.hpp"

namespace blitzen::dispatch {

struct EngineOptions {
  std::chrono::nanoseconds timeout{0};
  std::size_t task_limit = 0;
  std::uint64_t memory_limit = 0;  ///< Bytes of arguments; 0: half of what there is.
  AtTaskLimit at_task_limit = AtTaskLimit::wait;
};

class CommonEngine : public detail::Engine {
 public:
  explicit CommonEngine(EngineOptions options);

  std::uint64_t submit(const detail::Callable& callable, const RunOptions& options,
                       detail::ArgumentBuffer&& arguments) override;
  void wait(std::uint64_t number) override;
  detail::Pin fetch(std::span<const std::uint64_t> numbers, std::vector<detail::RawOutcome>& out) override;
  detail::Pin fetch_all(std::vector<detail::FoundOutcome>& out) override;
  TaskError describe(std::uint64_t number, const detail::RawOutcome& outcome) const override;
  bool settled(std::uint64_t number) const override;
  std::size_t unsettled() const override;
  void clear(std::span<const std::uint64_t> numbers) override;
  void clear_all() override;
  void release(std::span<const std::uint64_t>) override {}
  void end() override;
  bool in_forked_child() const override { return witness_.in_child(); }

  /// Throws what ended this engine, if something did.
  void require_open() const;

 protected:
  using Lock = std::unique_lock<std::mutex>;

  /// How every call from outside begins. Throws in a forked child.
  [[nodiscard]] Lock enter() const;

  /// A task was entered in the ledger: see to it that it runs.
  virtual void task_added(Lock& lock, std::uint64_t number) = 0;
  /// These were cleared before they were settled: nobody waits for them any more.
  virtual void tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) = 0;
  /// These were cleared after they were settled.
  virtual void outcomes_dropped(Lock&, std::span<const std::uint64_t> /*numbers*/) {}

  /// Lets the calling thread do the engine's own work until `done()`, which is cheaper than waking another thread for
  /// it. False: that work is done elsewhere, and the thread should just wait.
  virtual bool work_until(Lock&, const std::function<bool()>& /*done*/) { return false; }
  /// Just waits. `changed` is notified when done() may have become true.
  virtual void sleep_until(Lock& lock, std::condition_variable& changed, const std::function<bool()>& done) {
    changed.wait(lock, done);
  }
  /// The one or the other.
  void wait_until(Lock& lock, std::condition_variable& changed, const std::function<bool()>& done) {
    if (!work_until(lock, done)) sleep_until(lock, changed, done);
  }

  /// Writes a task's outcome and wakes who waits for it. False, and ignored, for a task that has one already or was
  /// cleared.
  bool settle(std::uint64_t number, OutcomeKind outcome, std::chrono::nanoseconds ran, base::SharedBytes content);
  /// Gives every unsettled task this outcome, with a sentence.
  void settle_all(OutcomeKind outcome, const std::string& sentence);
  /// Whether what is unsettled goes on when this dispatcher is gone.
  [[nodiscard]] virtual bool goes_on_without() const { return false; }
  /// Lets nothing more in. What is unsettled is cancelled or, if it goes on elsewhere, left as it is. False if there is
  /// nothing left to do: it was shut down before, or this is a forked child.
  [[nodiscard]] bool begin_shutdown(bool goes_on = false);
  /// From now on submits throw this, and so do waits for tasks without an outcome.
  void fail(Error error);
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  /// Lowers the limit to what the server allows.
  void limit_tasks(std::uint64_t task_limit);

  mutable std::mutex mutex_;
  bool stopping_ = false;
  Ledger ledger_;
  FunctionTable functions_;
  base::ByteArena arena_;

 private:
  /// A thread that waits for one task. Tasks settle mostly in order, so waiting for the last one wakes it once.
  struct Waiter {
    std::uint64_t number;
    std::condition_variable settled;
  };

  [[nodiscard]] bool has_room() const {
    return ledger_.unsettled() < options_.task_limit && ledger_.unsettled_bytes() < options_.memory_limit;
  }
  [[nodiscard]] Error limit_reached() const;
  void wait_for_room(Lock& lock);
  /// Until the task is settled or cleared. Throws what ended the engine before.
  void wait_for(Lock& lock, std::uint64_t number);
  void clear(Lock& lock, std::span<const std::uint64_t> numbers);
  [[nodiscard]] bool open(std::uint64_t number) const;
  void wake_waiters_for(std::uint64_t number);
  void check_open() const;
  [[nodiscard]] const LedgerEntry& known(std::uint64_t number) const;

  base::ForkWitness witness_;
  EngineOptions options_;
  std::optional<Error> failure_;
  std::list<Waiter> waiters_;
  std::condition_variable room_;
  std::size_t waiting_for_room_ = 0;
  detail::HeapForecast heap_;
  std::unordered_map<std::uint64_t, std::string> names_;
};

}  // namespace blitzen::dispatch
