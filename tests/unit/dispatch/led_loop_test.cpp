// Who runs the handlers of a loop that its callers lead.
#include "dispatch/led_loop.hpp"

#include <asio/post.hpp>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using blitzen::dispatch::LedLoop;
using Lock = LedLoop::Lock;

struct Rig {
  Rig() { loop.start(); }
  ~Rig() { end(); }

  void end() {
    if (!std::exchange(ended, true)) loop.end([this] { loop.context().stop(); });
  }

  /// Runs `handler` in the loop, in whichever thread leads.
  template <class Handler>
  void post(Handler handler) {
    asio::post(loop.context(), [this, handler] {
      const Lock lock(mutex);
      handler();
      changed.notify_all();
    });
  }

  /// Waits as an engine's callers do.
  void wait_until(Lock& lock, const LedLoop::Done& done) {
    if (!loop.lead_until(lock, done)) loop.follow_until(lock, changed, done);
  }

  /// A thread that waits until done(). Returns when it does.
  std::thread start_waiting(LedLoop::Done done) {
    std::promise<void> waits;
    std::thread thread([this, &waits, done = std::move(done)] {
      bool told = false;
      Lock lock(mutex);
      wait_until(lock, [&] {
        if (!std::exchange(told, true)) waits.set_value();
        return done();
      });
    });
    waits.get_future().get();
    return thread;
  }

  /// Returns while nobody leads.
  void take_a_turn(Lock& lock) {
    do {
      ++asked;
      wait_until(lock, [this] { return tended == asked; });
    } while (loop.led());
  }

  std::mutex mutex;
  std::condition_variable changed;
  int asked = 0;   ///< For by callers.
  int tended = 0;  ///< Of that.
  std::thread::id tender;
  bool ended = false;
  bool tend_throws = false;
  int thrown = 0;
  std::string last_thrown;
  LedLoop loop{mutex,
               [this](Lock& lock) {
                 if (asked == tended) return;
                 tended = asked;
                 tender = std::this_thread::get_id();
                 changed.notify_all();
                 if (!tend_throws) return;
                 lock.unlock();
                 throw std::runtime_error("tend");
               },
               [this](Lock& lock, const std::exception_ptr& exception) {
                 REQUIRE(lock.owns_lock());
                 ++thrown;
                 try {
                   std::rethrow_exception(exception);
                 } catch (const std::runtime_error& error) {
                   last_thrown = error.what();
                 }
                 changed.notify_all();
               }};
};

}  // namespace

TEST_CASE("while nobody waits, the loop's own thread runs what comes") {
  Rig rig;
  std::promise<std::thread::id> ran;
  asio::post(rig.loop.context(), [&] { ran.set_value(std::this_thread::get_id()); });
  CHECK(ran.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("a thread that waits runs what comes by itself") {
  Rig rig;
  Lock lock(rig.mutex);
  rig.take_a_turn(lock);
  bool posted = false;
  std::thread::id ran_by;
  REQUIRE(rig.loop.lead_until(lock, [&] {
    if (!std::exchange(posted, true)) rig.post([&] { ran_by = std::this_thread::get_id(); });
    return ran_by != std::thread::id{};
  }));
  CHECK(ran_by == std::this_thread::get_id());
}

TEST_CASE("what a caller asked for and left is tended without a further call") {
  Rig rig;
  Lock lock(rig.mutex);
  rig.take_a_turn(lock);
  rig.loop.attend();
  ++rig.asked;
  rig.changed.wait(lock, [&] { return rig.tended == rig.asked; });
  CHECK(rig.tender != std::this_thread::get_id());
}

TEST_CASE("what a caller asks for while nobody leads it may tend by itself") {
  Rig rig;
  Lock lock(rig.mutex);
  rig.take_a_turn(lock);
  ++rig.asked;
  rig.loop.see_to_it(lock);
  CHECK(rig.tended == rig.asked);
  CHECK(rig.tender == std::this_thread::get_id());
}

TEST_CASE("whoever leads tends when another thread asks") {
  Rig rig;
  std::thread leader = rig.start_waiting([&] { return rig.tended == 1; });
  {
    Lock lock(rig.mutex);
    ++rig.asked;
    rig.loop.see_to_it(lock);
  }
  leader.join();
  CHECK(rig.tended == 1);
}

TEST_CASE("when the thread that leads leaves, one that sleeps is not forgotten") {
  Rig rig;
  bool first_done = false;
  bool second_done = false;
  std::thread first = rig.start_waiting([&] { return first_done; });
  std::thread second([&] {
    Lock lock(rig.mutex);
    rig.wait_until(lock, [&] { return second_done; });
  });
  rig.post([&] { first_done = true; });
  first.join();
  rig.post([&] { second_done = true; });
  second.join();
}

TEST_CASE("many threads wait for what each other's calls bring, and all of them get it") {
  constexpr int threads = 8;
  constexpr int rounds = 500;
  Rig rig;
  std::vector<std::thread> callers;
  for (int i = 0; i < threads; ++i)
    callers.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) {
        bool mine = false;
        Lock lock(rig.mutex);
        rig.post([&mine] { mine = true; });
        rig.wait_until(lock, [&mine] { return mine; });
      }
    });
  for (std::thread& caller : callers) caller.join();
}

TEST_CASE("what a handler throws is told and ends neither the loop's own thread nor a thread that leads") {
  Rig rig;
  const auto throw_something = [] { throw std::runtime_error("handler"); };
  rig.post(throw_something);
  Lock lock(rig.mutex);
  rig.changed.wait(lock, [&] { return rig.thrown == 1; });
  rig.take_a_turn(lock);
  bool posted = false;
  REQUIRE(rig.loop.lead_until(lock, [&] {
    if (!std::exchange(posted, true)) rig.post(throw_something);
    return rig.thrown == 2;
  }));
  CHECK(rig.last_thrown == "handler");
  CHECK(lock.owns_lock());
}

TEST_CASE("what tending throws is told, whoever tends and although it had released the lock") {
  Rig rig;
  Lock lock(rig.mutex);
  rig.take_a_turn(lock);
  rig.tend_throws = true;
  SECTION("a caller that only asks") {
    ++rig.asked;
    rig.loop.see_to_it(lock);
  }
  SECTION("a caller that leads") {
    ++rig.asked;
    rig.wait_until(lock, [&] { return rig.thrown == 1; });
  }
  SECTION("the loop's own thread") {
    rig.loop.attend();
    ++rig.asked;
    rig.changed.wait(lock, [&] { return rig.thrown == 1; });
  }
  CHECK(lock.owns_lock());
  CHECK(rig.thrown == 1);
  CHECK(rig.last_thrown == "tend");
}

TEST_CASE("a loop ends while a thread leads it") {
  Rig rig;
  bool over = false;
  std::thread leader = rig.start_waiting([&] { return over; });
  {
    const Lock lock(rig.mutex);
    over = true;
  }
  rig.end();
  leader.join();
}
