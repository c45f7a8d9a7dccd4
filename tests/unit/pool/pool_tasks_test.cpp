#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "pool_rig.hpp"

namespace blitzen::pool::testing {

TEST_CASE("a task's result comes back") {
  PoolRig rig;
  const auto task = rig.submit(echo, "hello");
  CHECK(rig.settle(task).kind == "value");
  CHECK(rig.settle(task).text == "hello");
  CHECK(rig.pool.unsettled() == 0);
}

TEST_CASE("a task that fails is told as an error") {
  PoolRig rig;
  const auto task = rig.submit(Function::fail);
  CHECK(rig.settle(task).kind == "error");
  CHECK(rig.settle(task).text == "thrown");
}

TEST_CASE("thousands of quick tasks come back right, whichever way the pool is woken") {
  PoolRig rig{{.slots = 2}};
  rig.wait_on_futex = GENERATE(false, true);
  rig.pool.wake_by(rig.wait_on_futex ? WakeBy::futex : WakeBy::descriptor);
  constexpr std::uint64_t count = 5000;
  for (std::uint64_t i = 0; i < count; ++i) rig.submit(echo, "task " + std::to_string(i));
  rig.settle_all();
  REQUIRE(rig.told.size() == count);
  std::size_t right = 0;
  for (const auto& [task, told] : rig.told)
    right += told.kind == "value" && told.text == "task " + std::to_string(task);
  CHECK(right == count);
}

TEST_CASE("tasks that are submitted one after the other come back right") {
  PoolRig rig;
  rig.wait_on_futex = GENERATE(false, true);
  rig.pool.wake_by(rig.wait_on_futex ? WakeBy::futex : WakeBy::descriptor);
  for (int i = 0; i < 500; ++i) {
    const auto task = rig.submit(echo, std::to_string(i));
    REQUIRE(rig.settle(task).text == std::to_string(i));
  }
}

TEST_CASE("tasks of one worker run in the order of their submission") {
  PoolRig rig;
  for (int i = 0; i < 1000; ++i) rig.submit(echo);
  rig.settle_all();
  CHECK(std::ranges::is_sorted(rig.order));
}

TEST_CASE("large arguments and results come back right") {
  PoolRig rig{{.slots = 2}};
  const std::size_t size = GENERATE(0U, 32 * 1024U, 32 * 1024U + 1, 300'000U, 8 * 1024 * 1024U);
  std::string large(size, '\0');
  std::iota(large.begin(), large.end(), '\0');
  for (int i = 0; i < 10; ++i) rig.submit(echo, large);
  rig.settle_all();
  for (const auto& [task, told] : rig.told) CHECK(told.text == large);
}

TEST_CASE("a result larger than the limit becomes an error that names the limit") {
  PoolRig rig{{.result_bytes_max = 1000}};
  const auto task = rig.submit(return_big, "1001");
  const auto fitting = rig.submit(return_big, "1000");
  CHECK(rig.settle(task).kind == "error");
  CHECK(rig.settle(task).text.find("1000 bytes") != std::string::npos);
  CHECK(rig.settle(fitting).kind == "value");
}

TEST_CASE("a large result is measured against the limit to the byte") {
  PoolRig rig{{.result_bytes_max = 1'000'000}};
  const auto task = rig.submit(return_big, "1000001");
  const auto fitting = rig.submit(return_big, "1000000");
  CHECK(rig.settle(task).kind == "error");
  CHECK(rig.settle(task).text.find("result of 1000001 bytes") != std::string::npos);
  CHECK(rig.settle(fitting).text == std::string(1'000'000, '\7'));
}

TEST_CASE("a function that the image does not have is refused with the image's words") {
  PoolRig rig;
  const auto first = rig.submit(undefinable);
  const auto second = rig.submit(undefinable);
  const auto other = rig.submit(echo, "fine");
  CHECK(rig.settle(first).kind == "refused");
  CHECK(rig.settle(second).text == "this image has no such function");
  CHECK(rig.settle(other).kind == "value");
}

TEST_CASE("what was never defined cannot be submitted") {
  PoolRig rig;
  CHECK_THROWS_AS(rig.submit(function_count), std::logic_error);
  CHECK_THROWS_AS(rig.submit(echo, "", {}, ImageId{99}), std::logic_error);
}

TEST_CASE("no more tasks run at once than there are slots") {
  PoolRig rig{{.slots = 2}};
  for (int i = 0; i < 3; ++i) rig.submit(block);
  const auto behind = rig.submit(echo);
  rig.run_until([&] { return rig.out.size() == 2; });
  std::vector<Executing> executing;
  rig.pool.list_executing(std::chrono::steady_clock::now(), executing);
  CHECK(executing.size() == 2);
  CHECK(rig.out.size() == 2);
  CHECK_FALSE(rig.was_told(behind));
}

TEST_CASE("a task is never left waiting behind a long one while another worker is idle") {
  PoolRig rig{{.slots = 2}};
  for (int i = 0; i < 2000; ++i) rig.submit(echo);
  rig.settle_all();
  // They are believed to be quick now, and are handed over many at once.
  rig.submit(block);
  for (int i = 0; i < 1000; ++i) rig.submit(echo);
  rig.run_until([&] { return rig.pool.unsettled() == 1; });
  CHECK(rig.told.size() == 3000);
}

TEST_CASE("tasks that have not started can be taken back, the youngest first") {
  PoolRig rig;
  const auto running = rig.submit(block);
  std::vector<std::uint64_t> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(rig.submit(echo));
  rig.await_line("blocked");
  rig.pool.retract(2);
  CHECK(rig.order == std::vector{waiting[4], waiting[3]});
  rig.pool.retract(100);
  CHECK(rig.told.size() == 5);
  CHECK_FALSE(rig.was_told(running));
  CHECK(rig.pool.unsettled() == 1);
}

TEST_CASE("tasks that were handed over in a batch can be taken back until they start") {
  PoolRig rig;
  for (int i = 0; i < 1000; ++i) rig.submit(echo);
  rig.settle_all();
  const auto running = rig.submit(block);
  std::vector<std::uint64_t> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(rig.submit(echo));
  rig.await_line("blocked");
  rig.pool.retract(1000);
  for (const auto task : batch) CHECK(rig.told.at(task).kind == "returned");
  CHECK_FALSE(rig.was_told(running));
}

TEST_CASE("a cancelled task that has not started never starts") {
  PoolRig rig;
  rig.submit(block);
  const auto cancelled = rig.submit(print, "never");
  rig.await_line("blocked");
  rig.pool.cancel({42, cancelled});
  rig.pool.cancel({42, 0});
  const auto after = rig.submit(echo);
  rig.settle(after);
  CHECK_FALSE(rig.was_told(cancelled));
  CHECK(rig.out.size() == 1);
  CHECK(rig.pool.unsettled() == 0);
}

TEST_CASE("cancelling an executing task ends its worker, says nothing more, and spares its neighbours") {
  PoolRig rig;
  const auto cancelled = rig.submit(block);
  const auto neighbour = rig.submit(echo, "fine");
  const auto worker = rig.await_line("blocked").at(0);
  rig.pool.cancel({42, cancelled});
  CHECK(rig.settle(neighbour).text == "fine");
  CHECK(is_gone(worker));
  CHECK_FALSE(rig.was_told(cancelled));
  CHECK(rig.idle_deaths.empty());
}

TEST_CASE("cancelling a task that is unknown or told changes nothing") {
  PoolRig rig;
  const auto task = rig.submit(echo);
  rig.settle(task);
  rig.pool.cancel({42, task});
  rig.pool.cancel({1, 1});
  CHECK(rig.settle(rig.submit(echo, "still here")).text == "still here");
}

TEST_CASE("a worker is a process of its own that can do no harm") {
  PoolRig rig;
  const std::string self = rig.settle(rig.submit(report_self)).text;
  CHECK(self == "name=blitzen-worker own_group=1 no_new_privs=1 core=0 descriptors=6 blitzen_variables=0");
}

TEST_CASE("a task that forks and returns twice is answered once") {
  PoolRig rig;
  const auto task = rig.submit(return_twice);
  const auto after = rig.submit(echo, "after");
  CHECK(rig.settle(task).text == "once");
  CHECK(rig.settle(after).text == "after");
}

TEST_CASE("a child that returns later does not write into its parent's result") {
  PoolRig rig;
  const auto task = rig.submit(return_twice_big, "1000000");
  const auto after = rig.submit(echo, "after");
  CHECK(rig.settle(task).text == std::string(1'000'000, 'p'));
  CHECK(rig.settle(after).text == "after");
}

TEST_CASE("of a result that ends as an error nothing is left") {
  PoolRig rig;
  const std::string bytes = GENERATE("10", "1000000");
  const auto failing = rig.submit(fail_late, bytes);
  const auto after = rig.submit(return_big, "500000");
  CHECK(rig.settle(failing).kind == "error");
  CHECK(rig.settle(failing).text == "thrown");
  CHECK(rig.settle(after).text == std::string(500'000, '\7'));
}

TEST_CASE("interrupt ends a wait for news") {
  PoolRig rig;
  rig.pool.wake_by(WakeBy::futex);
  rig.pool.interrupt();
  rig.pool.wait_for_news(std::nullopt);
  CHECK(rig.pool.unsettled() == 0);
}

}  // namespace blitzen::pool::testing
