// The engine of MulticoreDispatcher: the scheduler and a pool in one process.
#pragma once

#include <atomic>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/unique_fd.hpp"
#include "core/scheduler.hpp"
#include "dispatch/common_engine.hpp"
#include "pool/pool.hpp"

namespace blitzen::dispatch {

/// One driver, one client: the pool. Pool news become events and actions become pool calls here and nowhere else.
/// Calls and the pool's news are handled under one mutex, by whichever thread comes with them; a thread of the engine's
/// own sleeps until workers have news or something is due.
class LocalEngine final : public CommonEngine, private pool::PoolListener {
 public:
  LocalEngine(EngineOptions options, std::uint32_t workers);
  ~LocalEngine() override;

  void shutdown() override;

 private:
  void task_added(Lock& lock, std::uint64_t number) override;
  void tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) override;

  void task_finished(pool::Tag tag, pool::FinishKind kind, pool::Duration ran, std::uint32_t slot,
                     std::span<const std::byte> content) override;
  void task_timed_out(pool::Tag tag, pool::Duration ran, std::uint32_t slot) override;
  void task_refused(pool::Tag tag, std::string_view reason) override;
  void task_returned(pool::Tag tag) override;
  void worker_died(pool::Tag tag, const pool::Obituary& obituary) override;
  void idle_worker_died(const pool::Obituary& obituary) override;
  void output_line(pool::OutputStream stream, std::string_view line) override;

  void run_loop();
  void wake_loop() const;
  void print(Lock& lock);

  /// Applies a fact. Outcomes are written at once, while what they say is at hand; orders to the pool wait for
  /// carry_out(), because a listener must not call back into the pool.
  void apply(const core::Event& event);
  void settle_from(const core::ReportOutcome& report);
  /// Assigns, gives the pool its orders and lets it work until it has nothing more to say.
  void carry_out();
  void order(const core::AssignTask& assign);
  [[nodiscard]] std::optional<core::TimePoint> next_deadline() const;

  core::Scheduler scheduler_;
  core::Actions actions_;
  core::Actions orders_;
  base::SharedBytes reported_;  ///< What the event being applied says, should it settle a task.
  std::chrono::nanoseconds reported_ran_{};
  std::unordered_map<std::uint64_t, std::vector<proto::Obituary>> deaths_;
  std::vector<bool> defined_;  ///< By function index: the pool knows it.

  std::string printed_out_;
  std::string printed_err_;
  std::optional<core::TimePoint> loop_sleeps_until_;
  bool stopping_ = false;
  base::UniqueFd wake_;
  pool::Pool pool_;
  std::thread loop_;
};

}  // namespace blitzen::dispatch
