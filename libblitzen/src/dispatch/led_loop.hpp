// An event loop that the threads which wait for it run themselves.
#pragma once

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace blitzen::dispatch {

/// To hand work to another thread and to be woken by it costs more than most of what this loop does. So a thread that
/// calls does it itself: it *leads*. At any time at most one thread leads, and only that one touches what lives on the
/// io_context.
///
/// While calls follow one another closely, nobody leads in between: a thread of the loop's own rests, and looks after
/// each tick at what they left. It leads when they stopped coming, and while callers sleep that nobody else works for.
///
/// Unless it says otherwise, a member is called with the mutex held, which handlers must take by themselves.
class LedLoop {
 public:
  using Lock = std::unique_lock<std::mutex>;
  using Done = std::function<bool()>;
  using OnThrown = std::function<void(Lock&, const std::exception_ptr&)>;

  /// `tend` is called, by whoever leads, to do what callers asked for. It may release the lock meanwhile.
  /// `on_thrown`, which must not throw, is told by whoever leads what tend or a handler threw. The loop goes on.
  LedLoop(std::mutex& mutex, std::function<void(Lock&)> tend, OnThrown on_thrown);
  LedLoop(const LedLoop&) = delete;
  LedLoop& operator=(const LedLoop&) = delete;
  ~LedLoop() = default;

  /// Starts the loop's own thread. Called once, without the mutex. Throws Error{system}.
  void start();

  [[nodiscard]] asio::io_context& context() noexcept { return context_; }

  /// Notes that callers are at it.
  void attend() noexcept { attended_ = true; }
  [[nodiscard]] bool led() const noexcept { return leader_ != Leader::none; }

  /// Tends in the calling thread or, if another one leads, lets that do it soon.
  void see_to_it(Lock& lock);
  /// Leads until done(). False if somebody else does, and the caller should sleep.
  [[nodiscard]] bool lead_until(Lock& lock, const Done& done);
  /// Sleeps until a handler of whoever leads made done() true and notified.
  void follow_until(Lock& lock, std::condition_variable& changed, const Done& done);

  /// Runs `last`, which sees to it that the context is stopped, and returns when it is. All that threads wait for must
  /// be done by now. Called once, without the mutex.
  void end(std::function<void()> last);

 private:
  enum class Leader : std::uint8_t { none, caller, own };

  void tend(Lock& lock);
  void wake_leader();
  void run();
  void lead(Lock& lock);
  void rest(Lock& lock);
  void look(Lock& lock);
  void leave();
  [[nodiscard]] bool left_alone() const noexcept;
  void stop_leading();
  void run_one(Lock& lock);
  [[nodiscard]] bool poll_one(Lock& lock);
  /// What `work` throws is told, so that it neither ends the loop's own thread nor comes to a caller that happened to
  /// lead. `work` may release the lock.
  template <class Work>
  void guard(Lock& lock, Work&& work) noexcept;

  std::mutex& mutex_;
  std::function<void(Lock&)> tend_;
  OnThrown on_thrown_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> stay_{context_.get_executor()};

  Leader leader_ = Leader::none;
  std::uint64_t terms_ = 0;  ///< Of callers, so far.
  std::size_t asleep_ = 0;   ///< Callers in follow_until().
  std::size_t in_line_ = 0;  ///< Callers that wait for the loop's own thread to stop leading.
  bool attended_ = false;    ///< Since the loop's own thread last looked.
  bool rests_long_ = false;  ///< The loop's own thread wants to know when the caller that leads leaves.
  bool wake_posted_ = false;
  bool ending_ = false;
  std::condition_variable left_;  ///< The loop's own thread waits for this.
  std::condition_variable turn_;  ///< Callers in line wait for this.
  std::thread own_;
};

}  // namespace blitzen::dispatch
