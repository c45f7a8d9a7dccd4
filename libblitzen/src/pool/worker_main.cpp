#include "pool/worker_main.hpp"

#include <stdio_ext.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <ext/stdio_sync_filebuf.h>
#include <iostream>
#include <stdexcept>
#include <typeinfo>
#include <unordered_map>

#include "pool/brief_spin.hpp"
#include "pool/pool_link.hpp"

namespace blitzen::pool {
namespace {

TimePoint now() { return std::chrono::steady_clock::now(); }

/// Unless the program asked for sync_with_stdio(false), C++ streams pass everything on to those of C at once.
void flush(std::ostream& stream) {
  using PassesOn = __gnu_cxx::stdio_sync_filebuf<char>;
  const std::streambuf* buffer = stream.rdbuf();
  if (buffer != nullptr && typeid(*buffer) != typeid(PassesOn)) stream.flush();
}

/// A write to a pipe alone takes longer than this.
constexpr Duration quickest_print = std::chrono::microseconds{1};

/// Hands what the task printed to the pipes, so that it is there before the result is. Nearly always there is nothing,
/// which is cheaper to see than to flush.
void flush_output() {
  flush(std::cout);
  flush(std::clog);
  if (::__fpending(stdout) > 0) std::fflush(stdout);
}

/// Asks the system whether something that was printed waits in a pipe.
bool output_waits() {
  constexpr std::array streams{STDOUT_FILENO, STDERR_FILENO};
  for (const int stream : streams) {
    int waiting = 0;
    if (::ioctl(stream, FIONREAD, &waiting) == 0 && waiting > 0) return true;
  }
  return false;
}

class Worker {
 public:
  Worker(WorkerDescriptors descriptors, TaskRunner& runner)
      : link_(std::move(descriptors.channel), descriptors.doorbell, std::move(descriptors.event)), runner_(runner) {}

  [[noreturn]] void work() {
    TimePoint start = now();
    while (!link_.is_cut_off()) {
      const auto request = link_.claim(start);
      if (!request) {
        link_.wait_for_task();
        start = now();
        continue;
      }
      start = handle(*request, start);
    }
    ::_exit(exit_cut_off);
  }

 private:
  /// Returns when it ended.
  TimePoint handle(const PoolLink::Request& request, TimePoint start) {
    if (request.definition) learn(request.function, *request.definition);
    if (const auto refusal = refusals_.find(request.function); refusal != refusals_.end()) {
      const TimePoint end = now();
      answer(ResponseKind::refused, Duration::zero(), end, false, base::as_bytes(refusal->second));
      return end;
    }
    const FinishKind finish = runner_.run(request.function, request.arguments, result_);
    if (link_.in_child()) ::_exit(0);
    // While it is the task that did it who is charged.
    if (!link_.is_intact()) throw std::runtime_error("the task wrote into memory that is not its own");
    const TimePoint end = now();
    flush_output();
    const bool asked = end - start >= quickest_print;
    answer(finish == FinishKind::value ? ResponseKind::value : ResponseKind::error, end - start, end,
           asked && output_waits(), result_.bytes());
    result_.clear();
    // The next task is not charged with asking: where that takes long, no task would ever be quick again.
    return asked ? now() : end;
  }

  void learn(std::uint32_t function, std::span<const std::byte> definition) {
    refusals_.erase(function);
    if (auto refusal = runner_.define(function, definition)) refusals_.emplace(function, std::move(*refusal));
  }

  void answer(ResponseKind kind, Duration ran, TimePoint end, bool printed, std::span<const std::byte> content) {
    if (link_.answer(kind, ran, end, printed, content)) return;
    const std::string sentence = "the result of " + std::to_string(content.size()) + " bytes is larger than the " +
                                 std::to_string(link_.result_bytes_max()) +
                                 " bytes that a result may have: return less, or write it to a file";
    result_.clear();
    runner_.fail(sentence, result_);
    if (!link_.answer(ResponseKind::error, ran, end, printed, result_.bytes()))
      static_cast<void>(link_.answer(ResponseKind::error, ran, end, printed, {}));
  }

  PoolLink link_;
  TaskRunner& runner_;
  ResultBuffer result_{&link_};
  std::unordered_map<std::uint32_t, std::string> refusals_;
};

}  // namespace

void prepare_for_work(TaskRunner& runner) {
  runner.prepare();
  static_cast<void>(BriefSpin::several_cores());
  // Whoever calls these first has the loader look up what they call in turn, which touches many pages.
  static_cast<void>(now());
  ::operator delete[](::operator new[](1));
  // Whole lines travel at once even if the task dies before it is done.
  static_cast<void>(std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ));
}

void work(WorkerDescriptors descriptors, TaskRunner& runner) {
  ::prctl(PR_SET_NAME, "blitzen-worker");
  try {
    Worker{std::move(descriptors), runner}.work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "blitzen worker: %s\n", error.what());
    ::_exit(EXIT_FAILURE);
  }
}

}  // namespace blitzen::pool
