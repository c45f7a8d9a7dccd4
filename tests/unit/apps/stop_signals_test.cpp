#include <catch2/catch.hpp>
#include <csignal>
#include <future>

#include "apps/common/stop_signals.hpp"
#include "blitzen/logging.hpp"

using blitzen::app::StopSequence;
using blitzen::app::StopSignals;
using namespace std::chrono_literals;

namespace {

struct Quiet {
  Quiet() { blitzen::logging::disable(); }
  ~Quiet() { blitzen::logging::enable(); }
};

}  // namespace

TEST_CASE("the first signal asks to stop, the second to stop at once") {
  const Quiet quiet;
  std::promise<void> stopped;
  std::promise<void> stopped_now;
  StopSequence::Time now;
  const StopSignals signals([&] { stopped.set_value(); }, [&] { stopped_now.set_value(); }, [&] { return now += 1s; });
  std::raise(SIGTERM);
  stopped.get_future().wait();
  std::raise(SIGINT);
  stopped_now.get_future().wait();
  std::raise(SIGINT);  // a third one neither calls anything again nor kills
  SUCCEED();
}

TEST_CASE("a signal that arrives several times at once is one") {
  using Wish = StopSequence::Wish;
  StopSequence sequence;
  const StopSequence::Time start;
  CHECK(sequence.signal(start) == Wish::stop);
  CHECK(sequence.signal(start) == Wish::nothing);
  CHECK(sequence.signal(start + 499ms) == Wish::nothing);
  CHECK(sequence.signal(start + 500ms) == Wish::stop_now);
  CHECK(sequence.signal(start + 5s) == Wish::nothing);
}

TEST_CASE("nobody is asked to stop when no signal came") {
  bool called = false;
  {
    const StopSignals signals([&] { called = true; }, [&] { called = true; });
  }
  CHECK_FALSE(called);
}

TEST_CASE("after StopSignals the usual dispositions are back") {
  {
    const StopSignals signals([] {}, [] {});
  }
  struct sigaction action {};
  REQUIRE(::sigaction(SIGTERM, nullptr, &action) == 0);
  CHECK(action.sa_handler == SIG_DFL);
}
