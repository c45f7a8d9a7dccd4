// The wall clock of server, client, workers and driver is moved by an hour, forth and back, while tasks run.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "tests/soak/farm.hpp"
#include "tests/soak/pause.hpp"

namespace blitzen::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr long hour = 3600;
/// Room for what passes between two looks at a clock.
constexpr long slack = 60;
constexpr double timed_out_within_seconds = 10;

long wall_clock() { return ::time(nullptr); }
void hang() { pause_for(1h); }

/// What the clocks of all programs that are started from now on differ by.
class Offset {
 public:
  explicit Offset(const std::filesystem::path& file) {
    const base::UniqueFd descriptor{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (!descriptor || ::ftruncate(descriptor.get(), sizeof(long)) != 0)
      throw std::system_error(errno, std::generic_category(), file);
    void* memory = ::mmap(nullptr, sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.get(), 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    seconds_ = static_cast<std::atomic<long>*>(memory);
    ::setenv("SOAK_CLOCK_FILE", file.c_str(), 1);
    ::setenv("LD_PRELOAD", MOVED_CLOCK_LIBRARY, 1);
  }
  void set(long seconds) { seconds_->store(seconds); }

 private:
  std::atomic<long>* seconds_;  ///< Mapped until the process ends.
};

}  // namespace

void move_the_wall_clock(Trial& trial) {
  Offset offset(trial.directory / "offset");
  Farm farm(trial);
  Daemon& client = farm.cluster().start_client(6);
  const auto driver = farm.start_driver(
      {.tasks = tasks_without_end, .unsettled_max = 20, .task_time = 200ms, .timeout = 5s, .patience = 30s});
  // Not moved itself, so that it can tell.
  DistributedDispatcher witness(farm.cluster().driver());
  farm.wait_for_executions(10);
  const std::uint64_t moves = trial.scaled(20, 2);
  std::uint64_t seen = 0;
  double slowest_timeout = 0;
  for (std::uint64_t move = 0; move < moves; ++move) {
    const auto begin = Clock::now();
    const auto late = witness.run({.timeout = 1s}, hang);
    const long by = (move % 2 == 0) ? hour : -hour;
    offset.set(by);
    const long theirs = witness.get_result(witness.run(wall_clock)).value();
    seen += std::abs(theirs - ::time(nullptr) - by) < slack ? 1 : 0;
    farm.wait_for_executions(30);
    if (witness.get_result(late).kind() != OutcomeKind::timed_out) trial.figures.miss("a true timeout", "was missed");
    slowest_timeout = std::max(slowest_timeout, std::chrono::duration<double>(Clock::now() - begin).count());
  }
  farm.finish(driver);
  const std::size_t losses =
      farm.server().count_lines("dropped|left: .* nothing") + client.count_lines("lost the server");
  trial.figures.at_least("moves by an hour that workers saw", static_cast<double>(seen), static_cast<double>(moves));
  trial.figures.at_most("connections lost", static_cast<double>(losses), 0);
  trial.figures.at_most("true timeouts of 1 s took", slowest_timeout, timed_out_within_seconds, "s");
  const Account account = farm.check();
  trial.figures.at_most("false timeouts", static_cast<double>(account.failed), 0);
}

}  // namespace blitzen::soak
