// A pool whose workers run the functions of test_runner.hpp, and what it was told.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "pool/pool.hpp"
#include "test_runner.hpp"

namespace blitzen::pool::testing {

/// What was told about one task.
struct Told {
  std::string kind;  ///< "value", "error", "timed_out", "refused", "returned", "died".
  std::string text;  ///< The content or the reason.
  Obituary obituary;
  std::uint32_t slot = 0;
};

class PoolRig : public PoolListener {
 public:
  static constexpr ImageId first_image{1};

  explicit PoolRig(PoolOptions options = {}, ImageSource source = this_program());

  [[nodiscard]] static ImageSource this_program() { return {"pool_tests", "/proc/self/exe", {}}; }

  /// Returns the task's number.
  std::uint64_t submit(Function function, const std::string& arguments = {}, Duration timeout = {},
                       ImageId image = first_image);
  void add_image(ImageId image, ImageSource source);
  /// Until now, or as if it were `later`.
  void process(Duration later = {});

  /// Lets the pool work until it holds. Fails the test if that takes very long.
  void run_until(const std::function<bool()>& holds);
  /// Lets the pool work until something was told about the task.
  const Told& settle(std::uint64_t task);
  void settle_all();
  /// Lets the pool work until a line begins so; returns the numbers behind it.
  std::vector<pid_t> await_line(const std::string& beginning);

  [[nodiscard]] bool was_told(std::uint64_t task) const { return told.contains(task); }

  std::map<std::uint64_t, Told> told;
  std::vector<std::uint64_t> order;  ///< Of the tasks in told.
  std::vector<Obituary> idle_deaths;
  std::vector<std::string> failures;  ///< Sentences about images.
  std::vector<std::string> out;
  std::vector<std::string> err;
  bool wait_on_futex = false;
  Pool pool;

 private:
  void task_finished(Tag tag, FinishKind kind, Duration ran, std::uint32_t slot,
                     std::span<const std::byte> content) override;
  void result_lost(Tag tag, Duration ran, std::uint32_t slot, std::uint64_t bytes) override;
  void task_timed_out(Tag tag, Duration timeout, Duration ran, std::uint32_t slot) override;
  void image_failed(ImageId image, std::string_view sentence) override;
  void task_refused(Tag tag, std::string_view reason) override;
  void task_returned(Tag tag) override;
  void worker_died(Tag tag, const Obituary& obituary) override;
  void idle_worker_died(const Obituary& obituary) override;
  void output_line(OutputStream stream, std::string_view line) override;
  void tell(Tag tag, Told what);
  void wait();

  std::uint64_t next_task_ = 0;
};

/// Waits until the process does not exist any more. False if it still does after a long time.
[[nodiscard]] bool is_gone(pid_t process);
/// By SIGSTOP.
[[nodiscard]] bool is_stopped(pid_t process);

}  // namespace blitzen::pool::testing
