#include "apps/bench/fan_in_driver.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <span>
#include <string>

#include "apps/bench/system/calls.hpp"
#include "apps/bench/tasks.hpp"

namespace blitzen::bench {
namespace {

constexpr std::chrono::minutes patience{2};

/// One write of so few bytes into a pipe is never torn apart by others'.
void report(std::int64_t number) { checked(::write(STDOUT_FILENO, &number, sizeof number), "write"); }

void wait_for_go() {
  char none = 0;
  checked(::read(STDIN_FILENO, &none, 1), "read");
}

/// So that no driver's end takes time from drivers that are still at work.
void wait_until_all_are_done() {
  pollfd reports{STDOUT_FILENO, 0, 0};  // an error comes when nobody reads them any more
  checked(::poll(&reports, 1, static_cast<int>(std::chrono::milliseconds{patience}.count())), "poll");
}

Connection make_pipe() {
  std::array<int, 2> ends{};
  checked(::pipe2(ends.data(), O_CLOEXEC), "pipe2");
  return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

[[noreturn]] void execute_driver(const DriverRole& role, int go, int reports) {
  std::vector<std::string> command{std::filesystem::read_symlink("/proc/self/exe")};
  for (auto& argument : arguments_of(role)) command.push_back(std::move(argument));
  execute(std::move(command), {go, reports, STDERR_FILENO});
}

}  // namespace

ExitCode be_driver(const DriverRole& role) {
  DistributedDispatcher dispatcher{{.port = role.port, .key_file = role.key_file}};
  dispatcher.connect();
  expect(dispatcher.get_result(dispatcher.run(no_op, 0)), mixed(0), 0);
  report(now_ns());
  wait_for_go();
  std::vector<Task<std::uint64_t>> tasks;
  for (std::uint64_t i = 0; i < role.tasks; ++i) tasks.push_back(dispatcher.run(no_op, i));
  const auto outcomes = dispatcher.get_results(tasks);
  const auto finished = now_ns();
  for (std::uint64_t i = 0; i < role.tasks; ++i) expect(outcomes[i], mixed(i), i);
  report(finished);
  wait_until_all_are_done();
  return ExitCode::ok;
}

DriverProcesses::DriverProcesses(const DriverRole& role, std::size_t count) : count_(count) {
  Connection go = make_pipe();
  Connection reports = make_pipe();
  for (std::size_t i = 0; i < count; ++i)
    drivers_.emplace_back([&] { execute_driver(role, go.first.get(), reports.second.get()); });
  go_ = std::move(go.second);
  reports_ = std::move(reports.first);
  static_cast<void>(next_reports());
}

std::vector<std::int64_t> DriverProcesses::run() {
  const auto begin = now_ns();
  go_.close();
  auto finished = next_reports();
  for (auto& time : finished) time -= begin;
  reports_.close();
  return finished;
}

std::vector<std::int64_t> DriverProcesses::next_reports() const {
  std::vector<std::int64_t> reports(count_);
  for (auto& number : reports) {
    pollfd readable{reports_.get(), POLLIN, 0};
    const auto wait_ms = std::chrono::milliseconds{patience}.count();
    if (checked(::poll(&readable, 1, static_cast<int>(wait_ms)), "poll") == 0)
      throw WrongResult("one of many drivers does not get on");
    if (::read(reports_.get(), &number, sizeof number) != sizeof number)
      throw WrongResult("one of many drivers ended without its results; its error is above");
  }
  return reports;
}

}  // namespace blitzen::bench
