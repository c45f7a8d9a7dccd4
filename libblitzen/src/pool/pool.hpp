// A pool of worker processes: what MulticoreDispatcher and blitzen-client both run their tasks on.
// Knows no socket and no scheduler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_bytes.hpp"

namespace blitzen::pool {

using Duration = std::chrono::nanoseconds;
using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// Chosen by the host, one per image it adds.
enum class ImageId : std::uint32_t {};

/// The host's own name for one attempt; handed back with everything said about it.
struct Tag {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Tag&, const Tag&) = default;
};

/// What the zygote of an image is made of.
struct ImageSource {
  std::string name;                    ///< For sentences and process titles.
  std::string path;                    ///< The executable; /proc/self/exe and /proc/self/fd/N will do.
  std::vector<std::string> libraries;  ///< Task libraries that the zygote opens before it forks.
  std::string remedy{};                ///< What to do when it may not be executed where it lies.
};

struct WorkItem {
  Tag tag;
  ImageId image{};
  std::uint32_t function = 0;           ///< As passed to define_function.
  Duration timeout = Duration::zero();  ///< From the start in the worker; zero: none.
  base::SharedBytes arguments;
};

/// How a worker died.
struct Obituary {
  std::uint32_t process = 0;
  int signal = 0;                       ///< 0 when it exited by itself.
  int exit_status = 0;                  ///< When signal is 0.
  std::uint64_t peak_memory_bytes = 0;  ///< With its children if it was ended for that.
  std::string last_lines;               ///< The end of its stderr.
  std::string note;                     ///< A sentence when more is known, else empty.
};

enum class FinishKind : std::uint8_t { value, error };
enum class OutputStream : std::uint8_t { out, err };

struct Executing {
  Tag tag;
  Duration running_for;
};

/// Told what happens, from inside Pool::process() and Pool::retract() only. Must not call back into the pool.
class PoolListener {
 public:
  virtual ~PoolListener() = default;
  /// `content` is valid during the call only: the result for value, a serialised failure for error. It lies in memory
  /// that the worker can write to: decode a copy.
  virtual void task_finished(Tag tag, FinishKind kind, Duration ran, std::uint32_t slot,
                             std::span<const std::byte> content) = 0;
  /// It finished with a result of `bytes`, which this process has not enough memory to look at.
  virtual void result_lost(Tag tag, Duration ran, std::uint32_t slot, std::uint64_t bytes) = 0;
  /// Reported when the timeout passes; the pool then sees to it that the worker and its children go away. Also when a
  /// result came before the pool looked, but took longer than the timeout.
  virtual void task_timed_out(Tag tag, Duration timeout, Duration ran, std::uint32_t slot) = 0;
  /// An image cannot start on this machine, or could not this time. Told before its tasks are refused for it.
  virtual void image_failed(ImageId image, std::string_view sentence) = 0;
  /// The image or function cannot be run on this machine; `reason` is one sentence.
  virtual void task_refused(Tag tag, std::string_view reason) = 0;
  /// Handed back unstarted, after retract().
  virtual void task_returned(Tag tag) = 0;
  /// The worker executing the task died. Other tasks it held are run elsewhere without a word.
  virtual void worker_died(Tag tag, const Obituary& obituary) = 0;
  /// A worker died while it executed nothing.
  virtual void idle_worker_died(const Obituary& obituary) = 0;
  /// A whole line, without its newline, that a task (or its image) printed.
  virtual void output_line(OutputStream stream, std::string_view line) = 0;
};

/// A limit below this would end workers that do nothing.
inline constexpr std::uint64_t worker_memory_min = 16ULL * 1024 * 1024;

struct PoolOptions {
  std::uint32_t slots = 1;                              ///< Workers that execute at once, at least 1.
  Duration grace = std::chrono::seconds{2};             ///< From SIGTERM to SIGKILL.
  std::size_t result_bytes_max = 1024UL * 1024 * 1024;  ///< A larger result becomes an error.
  std::size_t last_lines_bytes_max = 4096;              ///< How much of a worker's stderr an obituary keeps.
  std::uint64_t worker_memory = 0;              ///< What a worker and its children may use, see memory_use.hpp; 0: any.
  const char* memory_option = "worker_memory";  ///< What people set that with.
};

/// How workers announce news: by the descriptor (to sleep in poll/epoll) or by a futex (to sleep in wait_for_news).
/// With the futex and nobody asleep on it they need no system call, and the host must come to look by itself.
enum class WakeBy : std::uint32_t { descriptor, futex };

/// Where process() looks for news: everywhere, or only in the memory shared with workers, which costs no system call.
enum class Look : std::uint8_t { everywhere, shared_memory };

/// One thread at a time may use a pool, except for interrupt() and, on one other thread, wait_for_news().
/// In a process forked from the one that made it, a pool does nothing: it is still its parent's.
/// Never blocks, except in stop() and the destructor (bounded by the grace period).
class Pool {
 public:
  Pool(PoolOptions options, PoolListener& listener);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Stops.
  ~Pool();

  /// Makes an image known. Its zygote starts with its first task or warm().
  void add_image(ImageId image, ImageSource source);
  /// From the next process() on, the image's zygote and as many workers as there are free slots are started ahead of
  /// the first task, and replaced if they die.
  void warm(ImageId image);
  /// Tells how to call a function; the bytes go to TaskRunner::define in every worker of the image that needs it.
  void define_function(ImageId image, std::uint32_t function, std::span<const std::byte> definition);

  /// Queues a task, first in, first out within an image. It starts when a slot is free. Its image and function must be
  /// known: anything else is a std::logic_error.
  void submit(WorkItem item);
  /// Takes back up to `count` tasks that have not started, the youngest first; each is told by task_returned.
  void retract(std::size_t count);
  /// Ends the attempt: unstarted it is dropped, executing its worker is killed. Nothing more is said about it.
  void cancel(Tag tag);

  /// Does everything that is due: results, deaths, timeouts, output, hand-over of queued tasks. Call it after submit()
  /// too: nothing starts before.
  void process(TimePoint now, Look look = Look::everywhere);
  /// Whether one more task submitted now is worth a process() of its own: when that last ended, a worker had nothing to
  /// do, and the others hold more than tasks of a few microseconds.
  [[nodiscard]] bool wants_task() const;
  /// If workers hold a few tasks of some microseconds, and a core is free to do so, looks out for their answers for
  /// that long: cheaper for both sides than to sleep and be woken. True: there is news, so process() it.
  [[nodiscard]] bool catch_quick_answers();
  /// When to call process() even if nothing happens.
  [[nodiscard]] std::optional<TimePoint> next_deadline() const;
  /// Readable when process() has something to do (in WakeBy::descriptor), and whenever workers print or die.
  [[nodiscard]] int descriptor() const;

  void wake_by(WakeBy how);
  /// Sleeps until there is news, the deadline passes or interrupt(). WakeBy::futex only.
  void wait_for_news(std::optional<TimePoint> deadline);
  void interrupt();

  /// What is executing now and for how long.
  void list_executing(TimePoint now, std::vector<Executing>& out) const;
  /// Tasks submitted and not yet told about.
  [[nodiscard]] std::size_t unsettled() const;
  [[nodiscard]] std::uint32_t slots() const;

  /// Ends every worker and zygote: SIGTERM, SIGKILL after the grace period (at once if `grace` is zero).
  /// Passes on what they printed, and says nothing more about tasks. No process is left. The pool is of no more use.
  void stop(Duration grace);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace blitzen::pool
