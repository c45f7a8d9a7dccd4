#include "apps/bench/tasks.hpp"

#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <stdexcept>

#include "apps/bench/system/calls.hpp"
#include "apps/bench/system/shared_array.hpp"

namespace blitzen::bench {

std::uint64_t no_op(std::uint64_t argument) { return mixed(argument); }

void stamp_ends(std::string& bytes, std::uint64_t number) {
  std::memcpy(bytes.data(), &number, sizeof number);
  std::memcpy(bytes.data() + bytes.size() - sizeof number, &number, sizeof number);
}

std::string change_ends(std::string bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + bytes.size() - sizeof number, sizeof number);
  stamp_ends(bytes, mixed(number));
  return bytes;
}

std::uint64_t leave_trace(std::uint64_t argument, std::int64_t busy_ns, bool deadly, const std::string& file,
                          std::uint64_t traces) {
  const auto started = now_ns();
  static const auto array = SharedArray<TaskTrace>::open(file, traces);  // every task of a worker has the same file
  TaskTrace& trace = array[argument];
  trace.started_ns = started;
  trace.worker = ::getpid();
  while (now_ns() - started < busy_ns) {
  }
  if (deadly) {
    trace.killed_ns = now_ns();
    ::kill(::getpid(), SIGKILL);
  }
  return mixed(argument);
}

std::uint64_t compute_for(std::uint64_t argument, std::int64_t nanoseconds) {
  for (const auto started = now_ns(); now_ns() - started < nanoseconds;) {
  }
  return mixed(argument);
}

std::pair<std::uint64_t, std::int64_t> sleep_for(std::uint64_t argument, std::int64_t nanoseconds) {
  constexpr std::int64_t second = 1'000'000'000;
  const auto started = now_ns();
  ::prctl(PR_SET_TIMERSLACK, 1UL);  // else the kernel lets everybody sleep for up to 50 µs longer
  const auto end = started + nanoseconds;
  const timespec until{end / second, end % second};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
  return {mixed(argument), now_ns() - started};
}

std::uint64_t assemble(std::uint64_t argument, std::uint32_t expected, const std::string& file) {
  constexpr std::int64_t patience_ns = 20'000'000'000;
  const auto array = SharedArray<Assembly>::open(file, 1);
  Assembly& assembly = array[0];
  const auto came = now_ns();
  if (assembly.present.fetch_add(1) + 1 == expected) {
    assembly.complete_ns = came;
    wake_all(assembly.present);
  }
  for (auto present = assembly.present.load(); present < expected; present = assembly.present.load()) {
    if (now_ns() - came > patience_ns) throw std::runtime_error("the other tasks did not come");
    sleep_while(assembly.present, present, std::chrono::seconds{1});
  }
  return mixed(argument);
}

std::uint64_t leave_trace_together(std::uint64_t argument, std::uint32_t expected, const std::string& assembly_file,
                                   const std::string& trace_file, std::uint64_t traces) {
  assemble(argument, expected, assembly_file);
  return leave_trace(argument, 0, false, trace_file, traces);
}

}  // namespace blitzen::bench
