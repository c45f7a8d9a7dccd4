#include <catch2/catch.hpp>

#include "pool_rig.hpp"

namespace blitzen::pool::testing {

TEST_CASE("what a task prints is passed on in whole lines before its result") {
  PoolRig rig;
  rig.settle(rig.submit(echo));
  const auto task = rig.submit(print, "one\ntwo");
  rig.settle(task);
  CHECK(rig.out == std::vector<std::string>{"one", "two"});
}

TEST_CASE("what a task prints to a stream that buffers by itself is passed on before its result too") {
  PoolRig rig;
  rig.settle(rig.submit(print_buffered, "one"));
  CHECK(rig.out == std::vector<std::string>{"one"});
}

TEST_CASE("a line that is not ended waits for its end") {
  PoolRig rig;
  rig.settle(rig.submit(print_unfinished, "half"));
  CHECK(rig.out.empty());
  rig.settle(rig.submit(print, " and half"));
  CHECK(rig.out == std::vector<std::string>{"half and half"});
}

TEST_CASE("lines of several workers never mix") {
  PoolRig rig{{.slots = 3}};
  const std::string line(3000, 'x');
  for (int i = 0; i < 300; ++i) rig.submit(print, line);
  rig.settle_all();
  rig.run_until([&] { return rig.out.size() == 300; });
  for (const std::string& printed : rig.out) REQUIRE(printed == line);
}

TEST_CASE("an unfinished last line is passed on when its worker dies") {
  PoolRig rig;
  rig.settle(rig.submit(print_unfinished, "last"));
  rig.settle(rig.submit(die_of_kill));
  CHECK(rig.out == std::vector<std::string>{"last"});
}

TEST_CASE("a task that prints more than a pipe holds does not get stuck") {
  PoolRig rig;
  rig.wait_on_futex = GENERATE(false, true);
  rig.pool.wake_by(rig.wait_on_futex ? WakeBy::futex : WakeBy::descriptor);
  const std::string line(1023, 'x');
  std::string much;
  for (int i = 0; i < 1000; ++i) much += line + "\n";
  rig.settle(rig.submit(print, much));
  rig.run_until([&] { return rig.out.size() == 1001; });
  CHECK(rig.out.front() == line);
}

}  // namespace blitzen::pool::testing
