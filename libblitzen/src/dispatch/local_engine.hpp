// The engine of MulticoreDispatcher: the scheduler and a pool in one process.
#pragma once

#include <unistd.h>

#include <atomic>
#include <map>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/output_writer.hpp"
#include "base/unique_fd.hpp"
#include "core/scheduler.hpp"
#include "dispatch/common_engine.hpp"
#include "pool/pool.hpp"

namespace blitzen::dispatch {

/// One driver, one client: the pool. Pool news become events and actions become pool calls here and nowhere else.
/// Calls and the pool's news are handled under one mutex, by whichever thread comes with them. A thread that waits for
/// an outcome pumps: it sleeps on the futex that workers wake, and is the only one to touch the pool meanwhile. While
/// calls follow one another closely, they attend to the pool in passing, so that workers need to wake nobody. While
/// nobody waits and nobody attends, a thread of the engine's own sleeps until workers have news or something is due.
class LocalEngine final : public CommonEngine, private pool::PoolListener {
 public:
  LocalEngine(EngineOptions options, const pool::PoolOptions& pool);
  ~LocalEngine() override;

  void shutdown() override;

 private:
  void task_added(Lock& lock, std::uint64_t number) override;
  void tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) override;

  void task_finished(pool::Tag tag, pool::FinishKind kind, pool::Duration ran, std::uint32_t slot,
                     std::span<const std::byte> content) override;
  void result_lost(pool::Tag tag, pool::Duration ran, std::uint32_t slot, std::uint64_t bytes) override;
  void task_timed_out(pool::Tag tag, pool::Duration timeout, pool::Duration ran, std::uint32_t slot) override;
  void image_failed(pool::ImageId image, std::string_view sentence) override;
  void task_refused(pool::Tag tag, std::string_view reason) override;
  void task_returned(pool::Tag tag) override;
  void worker_died(pool::Tag tag, const pool::Obituary& obituary) override;
  void idle_worker_died(const pool::Obituary& obituary) override;
  void output_line(pool::OutputStream stream, std::string_view line) override;

  bool work_until(Lock& lock, const std::function<bool()>& done) override;

  /// Does it, and holds the lock afterwards. Whatever is thrown ends this engine with a sentence, and not the program.
  template <class Work>
  void guard(Lock& lock, Work&& work) noexcept;
  void broke(const std::exception_ptr& thrown) noexcept;

  void attend();
  void pump_until(Lock& lock, const std::function<bool()>& done);
  void run_loop();
  void sleep_while_attended(Lock& lock);
  void sleep_until_news(Lock& lock);
  void wake_loop() const;
  void clear_wake() const;
  void flush_output();

  /// Applies a fact. Outcomes are written at once, while what they say is at hand; orders to the pool wait for
  /// carry_out(), because a listener must not call back into the pool.
  void apply(const core::Event& event);
  void settle_from(const core::ReportOutcome& report);
  [[nodiscard]] proto::Failure refusal_of(std::uint64_t number) const;
  /// Sees to it that what was just asked for is done: here and now, or by the thread that pumps.
  void see_to_it();
  /// Assigns, gives the pool its orders and lets it work until it has nothing more to say.
  void pump(pool::Look look);
  void give_orders();
  void order(const core::AssignTask& assign);
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;

  core::Scheduler scheduler_;
  core::Actions actions_;
  core::Actions orders_;
  base::SharedBytes reported_;  ///< What the event being applied says, should it settle a task.
  std::chrono::nanoseconds reported_ran_{};
  std::unordered_map<std::uint64_t, std::vector<proto::Obituary>> deaths_;
  std::vector<bool> defined_;                      ///< By function index: the pool knows it.
  std::map<std::uint32_t, std::string> refusals_;  ///< By function index: why the pool last refused it.

  base::OutputWriter out_{STDOUT_FILENO, "stdout"};
  base::OutputWriter err_{STDERR_FILENO, "stderr"};
  bool printed_ = false;                              ///< Since the last flush_output().
  std::optional<core::TimePoint> loop_sleeps_until_;  ///< Empty while it is awake.
  unsigned added_since_pump_ = 0;
  core::TimePoint now_{};                       ///< When pump() last looked.
  bool attended_ = false;                       ///< Calls follow one another closely.
  std::atomic<bool> called_since_look_{false};  ///< Since the loop last looked whether they still do.
  bool somebody_pumps_ = false;                 ///< A thread in work_until().
  std::condition_variable nobody_pumps_;
  base::UniqueFd wake_;
  pool::Pool pool_;
  std::thread loop_;
};

}  // namespace blitzen::dispatch
