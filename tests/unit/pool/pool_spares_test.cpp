#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <set>

#include "pool/process_tree.hpp"
#include "pool_rig.hpp"

namespace blitzen::pool::testing {
namespace {

std::set<pid_t> children_of(pid_t process) {
  const std::vector<pid_t> children = list_children_of(process);
  return {children.begin(), children.end()};
}

pid_t worker_of(PoolRig& rig) { return std::stoi(rig.settle(rig.submit(report_process)).text); }
pid_t zygote_of(PoolRig& rig) { return read_facts(worker_of(rig)).value().parent; }

/// The process that its zygote has besides those, once there is one.
pid_t await_spare(PoolRig& rig, pid_t zygote, const std::set<pid_t>& others) {
  std::set<pid_t> children;
  rig.run_until([&] {
    children = children_of(zygote);
    std::erase_if(children, [&](pid_t child) { return others.contains(child); });
    return !children.empty();
  });
  return *children.begin();
}

/// A pool of one slot one of whose tasks has killed its worker.
struct Bereaved {
  Bereaved() {
    const std::set<pid_t> first_worker{worker_of(rig)};
    keeper = await_spare(rig, zygote, first_worker);
    rig.settle(rig.submit(die_of_kill));
    worker = worker_of(rig);
    spare = await_spare(rig, zygote, {keeper, worker});
  }

  PoolRig rig;
  pid_t zygote = zygote_of(rig);
  pid_t keeper = 0;
  pid_t worker = 0;
  pid_t spare = 0;
};

}  // namespace

TEST_CASE("a pool whose tasks leave their workers alone has no spare") {
  PoolRig rig;
  const pid_t zygote = zygote_of(rig);
  for (int i = 0; i < 100; ++i) rig.submit(echo);
  rig.submit(fail);
  rig.settle_all();
  CHECK(children_of(zygote).size() == 2);  // the worker and the keeper
}

TEST_CASE("a worker that its task has killed is replaced by one that was started before") {
  Bereaved pool;
  pool.rig.settle(pool.rig.submit(die_of_kill));
  CHECK(worker_of(pool.rig) == pool.spare);
  const pid_t next = await_spare(pool.rig, pool.zygote, {pool.keeper, pool.spare});
  CHECK(next != pool.worker);
  CHECK(children_of(pool.zygote).size() == 3);
}

TEST_CASE("a worker that had to be ended is replaced by one that was started before") {
  Bereaved pool;
  const auto late = pool.rig.submit(block, {}, std::chrono::milliseconds{1});
  CHECK(pool.rig.settle(late).kind == "timed_out");
  CHECK(worker_of(pool.rig) == pool.spare);
}

TEST_CASE("what a worker prints that was started before is passed on, and told as its last lines") {
  Bereaved pool;
  pool.rig.settle(pool.rig.submit(die_of_kill));
  pool.rig.settle(pool.rig.submit(print, "from the spare"));
  CHECK(pool.rig.out == std::vector<std::string>{"from the spare"});
  CHECK(pool.rig.settle(pool.rig.submit(complain, "its last words")).obituary.last_lines == "its last words");
}

TEST_CASE("a spare executes nothing as long as no slot is empty") {
  Bereaved pool;
  pool.rig.submit(block);
  const auto waiting = pool.rig.submit(echo);
  CHECK(pool.rig.await_line("blocked") == std::vector<pid_t>{pool.worker});
  std::vector<Executing> executing;
  pool.rig.pool.list_executing(std::chrono::steady_clock::now(), executing);
  CHECK(executing.size() == 1);
  CHECK_FALSE(pool.rig.was_told(waiting));
}

TEST_CASE("a spare that is killed from outside is told as a worker that executed nothing, and replaced") {
  Bereaved pool;
  ::kill(pool.spare, SIGKILL);
  pool.rig.run_until([&] { return !pool.rig.idle_deaths.empty(); });
  CHECK(pool.rig.idle_deaths.at(0).process == static_cast<std::uint32_t>(pool.spare));
  const pid_t next = await_spare(pool.rig, pool.zygote, {pool.keeper, pool.worker, pool.spare});
  pool.rig.settle(pool.rig.submit(die_of_kill));
  CHECK(worker_of(pool.rig) == next);
}

TEST_CASE("spares that are killed again and again end nothing that executes") {
  Bereaved pool;
  const auto executing = pool.rig.submit(block);
  pool.rig.await_line("blocked");
  std::set<pid_t> seen{pool.keeper, pool.worker};
  for (std::size_t killed = 1; killed <= 5; ++killed) {
    const pid_t spare = await_spare(pool.rig, pool.zygote, seen);
    seen.insert(spare);
    ::kill(spare, SIGKILL);
    pool.rig.run_until([&] { return pool.rig.idle_deaths.size() == killed; });
  }
  CHECK_FALSE(pool.rig.was_told(executing));
  CHECK(pool.rig.failures.empty());
}

TEST_CASE("the spare of an image that another one has driven out of all slots is ended") {
  Bereaved pool;
  constexpr ImageId other{2};
  pool.rig.add_image(other, PoolRig::this_program());
  CHECK(pool.rig.settle(pool.rig.submit(echo, "other", {}, other)).text == "other");
  pool.rig.run_until([&] { return !children_of(pool.zygote).contains(pool.spare); });
  CHECK(pool.rig.idle_deaths.empty());
  CHECK(pool.rig.settle(pool.rig.submit(echo, "back")).text == "back");
}

TEST_CASE("when a worker's death is told, what its task left behind has ended") {
  Bereaved pool;
  const auto task = pool.rig.submit(fork_stubbornly);
  const auto processes = pool.rig.await_line("blocked");
  REQUIRE(processes.size() == 3);
  std::vector<base::UniqueFd> deaths;
  for (const pid_t process : processes) deaths.push_back(watch_process(process));
  ::kill(processes[0], SIGKILL);
  pool.rig.settle(task);
  for (const base::UniqueFd& death : deaths) CHECK(has_ended(death));
}

TEST_CASE("a spare goes with its zygote") {
  Bereaved pool;
  ::kill(pool.zygote, SIGKILL);
  CHECK(is_gone(pool.spare));
  CHECK(pool.rig.settle(pool.rig.submit(echo, "replaced")).text == "replaced");
}

TEST_CASE("stopping a pool ends its spare") {
  Bereaved pool;
  pool.rig.pool.stop(std::chrono::seconds{2});
  CHECK(is_gone(pool.spare));
}

}  // namespace blitzen::pool::testing
