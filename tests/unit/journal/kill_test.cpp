// A process that is killed while it writes to a real file.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/unique_fd.hpp"
#include "journal/writer.hpp"
#include "journal_rig.hpp"

#if !defined(__SANITIZE_THREAD__)  // which cannot start threads in a child of a process that had some

namespace blitzen::testing {

using namespace journal;

namespace {

constexpr std::uint64_t tasks_max = 1'000'000;

/// Accepts task after task, and writes to `report` up to which position they are committed. Never returns.
[[noreturn]] void write_until_killed(const std::string& path, int report) {
  BackPressure pressure;
  const auto tell = [&](std::uint64_t position) {
    if (::write(report, &position, sizeof position) != sizeof position) ::_exit(1);
    pressure.commit(position);
  };
  Writer writer(std::make_unique<Store>(path), tell, [](const journal::Error&) { ::_exit(2); });
  writer.record(joined(1));
  for (std::uint64_t number = 2; number < tasks_max; ++number) {
    pressure.wait(writer.record(accepted(1, number)), 1'000);
  }
  ::_exit(3);
}

/// Kills a child after so many reports, and returns the last position that it reported.
std::uint64_t position_of_killed_child(const std::string& path, int reports) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  base::UniqueFd reading(ends[0]);
  base::UniqueFd writing(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) write_until_killed(path, writing.get());
  writing.reset();
  std::uint64_t position = 0;
  for (int i = 0; i < reports; ++i) REQUIRE(::read(reading.get(), &position, sizeof position) == sizeof position);
  ::kill(child, SIGKILL);
  while (::read(reading.get(), &position, sizeof position) == sizeof position) {
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  return position;
}

}  // namespace

TEST_CASE("when a process is killed, everything that it had reported is there, and no task without those before it") {
  const TemporaryDirectory directory;
  const int reports = GENERATE(1, 2, 5, 20);
  const std::uint64_t position = position_of_killed_child(directory.file("journal"), reports);
  const State state = recovered_from(directory.file("journal"));
  REQUIRE(state.size() == 1);
  const auto& tasks = state.at(1).tasks;
  CHECK(tasks.size() + 1 >= position);
  if (!tasks.empty()) CHECK(tasks.rbegin()->first == tasks.size() + 1);
}

}  // namespace blitzen::testing

#endif
