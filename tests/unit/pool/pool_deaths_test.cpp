#include <catch2/catch.hpp>
#include <csignal>

#include "pool_rig.hpp"

namespace blitzen::pool::testing {

TEST_CASE("a worker's death is told with the signal that killed it") {
  PoolRig rig;
  const auto [function, signal] = GENERATE(table<Function, int>({
      {die_of_segv, SIGSEGV},
      {die_of_kill, SIGKILL},
      {die_of_abort, SIGABRT},
      {die_of_overflow, SIGSEGV},
  }));
  const Told told = rig.settle(rig.submit(function));
  CHECK(told.kind == "died");
  CHECK(told.obituary.signal == signal);
  CHECK(told.obituary.process > 0);
  CHECK(told.obituary.peak_memory_bytes > 0);
  CHECK(rig.settle(rig.submit(echo, "replaced")).text == "replaced");
}

TEST_CASE("a worker that exits is told with its exit status") {
  PoolRig rig;
  const Told told = rig.settle(rig.submit(exit_with_three));
  CHECK(told.kind == "died");
  CHECK(told.obituary.signal == 0);
  CHECK(told.obituary.exit_status == 3);
}

TEST_CASE("a worker's death is told although its zygote was stopped") {
  PoolRig rig;
  const auto task = rig.submit(stop_zygote);
  const auto processes = rig.await_line("blocked");
  REQUIRE(processes.size() == 2);
  ::kill(processes[0], SIGKILL);
  CHECK(rig.settle(task).kind == "died");
  CHECK(rig.settle(rig.submit(echo, "replaced")).text == "replaced");
}

TEST_CASE("an obituary has the last lines of the worker's stderr") {
  PoolRig rig{{.last_lines_bytes_max = 16}};
  rig.settle(rig.submit(echo));
  const Told told = rig.settle(rig.submit(complain, "too far back\nlast\nwords"));
  CHECK(told.obituary.last_lines == "last\nwords");
  CHECK(rig.err == std::vector<std::string>{"too far back", "last", "words"});
}

TEST_CASE("only the task that executes is charged with the death of its worker") {
  PoolRig rig{{.slots = GENERATE(1U, 2U)}};
  for (int i = 0; i < 1000; ++i) rig.submit(echo);
  rig.settle_all();
  rig.told.clear();
  std::vector<std::uint64_t> deadly;
  for (int i = 0; i < 500; ++i) {
    if (i % 50 == 7) deadly.push_back(rig.submit(die_of_kill));
    rig.submit(echo);
  }
  rig.settle_all();
  std::vector<std::uint64_t> died;
  for (const auto& [task, told] : rig.told) {
    if (told.kind == "died") died.push_back(task);
  }
  CHECK(died == deadly);
  CHECK(rig.told.size() == 510);
}

TEST_CASE("an idle worker that something stopped is replaced when it does not take a task, which is not charged") {
  PoolRig rig;
  const pid_t worker = std::stoi(rig.settle(rig.submit(report_process)).text);
  ::kill(worker, SIGSTOP);
  rig.run_until([&] { return is_stopped(worker); });
  const auto task = rig.submit(echo, "taken by another", GENERATE(Duration::zero(), Duration{std::chrono::seconds{1}}));
  const auto next = rig.submit(echo, "too");
  rig.process(std::chrono::seconds{9});
  CHECK(rig.told.size() == 1);
  rig.process(std::chrono::seconds{12});
  CHECK(rig.settle(task).text == "taken by another");
  CHECK(rig.settle(next).text == "too");
  REQUIRE(rig.idle_deaths.size() == 1);
  CHECK(rig.idle_deaths[0].process == static_cast<std::uint32_t>(worker));
  CHECK(rig.idle_deaths[0].note == "it had not taken a task within 10 s; perhaps something stopped it (SIGSTOP)");
}

TEST_CASE("an idle worker that is killed from outside is told as such and replaced") {
  PoolRig rig;
  const pid_t worker = std::stoi(rig.settle(rig.submit(report_process)).text);
  ::kill(worker, SIGKILL);
  rig.run_until([&] { return !rig.idle_deaths.empty(); });
  CHECK(rig.idle_deaths.at(0).process == static_cast<std::uint32_t>(worker));
  CHECK(rig.idle_deaths.at(0).signal == SIGKILL);
  CHECK(rig.settle(rig.submit(echo, "replaced")).text == "replaced");
}

TEST_CASE("a worker whose task closes all descriptors is replaced without a word") {
  PoolRig rig;
  const auto worker = std::stoi(rig.settle(rig.submit(report_process)).text);
  rig.settle_all();
  CHECK(rig.settle(rig.submit(close_descriptors)).kind == "value");
  for (int i = 0; i < 10; ++i) CHECK(rig.settle(rig.submit(echo, "fine")).text == "fine");
  CHECK(rig.settle(rig.submit(report_process)).text != std::to_string(worker));
  CHECK(is_gone(worker));
  CHECK(rig.idle_deaths.empty());
}

TEST_CASE("a worker that writes nonsense into shared memory is ended and its task charged") {
  PoolRig rig;
  const auto task = rig.submit(scribble, "90");
  CHECK(rig.settle(task).kind == "died");
  CHECK(rig.settle(task).text.find("memory") != std::string::npos);
  CHECK(rig.settle(rig.submit(echo, "fine")).text == "fine");
}

TEST_CASE("a task that blocks after writing over the words that it shares times out or is charged") {
  PoolRig rig{{.grace = std::chrono::milliseconds{20}}};
  const auto value = GENERATE("0", "1", "255");
  CAPTURE(value);
  const auto task = rig.submit(scribble, value, std::chrono::milliseconds{50});
  const auto neighbour = rig.submit(echo, "fine");
  const Told told = rig.settle(task);
  CHECK((told.kind == "died" || told.kind == "timed_out"));
  CHECK(rig.settle(neighbour).text == "fine");
}

TEST_CASE("a task that writes over shared memory does not damage what is queued behind it") {
  PoolRig rig;
  const auto value = GENERATE("0", "1", "90", "255");
  CAPTURE(value);
  for (int i = 0; i < 100; ++i) rig.submit(echo, "known to be quick");
  rig.settle_all();
  const auto culprit = rig.submit(scribble_and_return, value);
  std::vector<std::uint64_t> neighbours;
  for (int i = 0; i < 50; ++i) neighbours.push_back(rig.submit(echo, std::to_string(i)));
  rig.settle_all();
  CHECK(rig.told.at(culprit).kind == "died");
  for (std::size_t i = 0; i < neighbours.size(); ++i) {
    CHECK(rig.told.at(neighbours[i]).kind == "value");
    CHECK(rig.told.at(neighbours[i]).text == std::to_string(i));
  }
}

TEST_CASE("what a dead worker's task has forked is gone, also if it left its process group") {
  PoolRig rig;
  rig.submit(fork_stubbornly);
  const auto processes = rig.await_line("blocked");
  REQUIRE(processes.size() == 3);
  ::kill(processes[0], SIGKILL);
  CHECK(rig.settle(0).obituary.signal == SIGKILL);
  for (const pid_t process : processes) CHECK(is_gone(process));
}

TEST_CASE("what the tasks of a killed zygote have left is gone, also with a session of its own") {
  PoolRig rig;
  const auto task = rig.submit(kill_zygote);
  const auto processes = rig.await_line("blocked");
  REQUIRE(processes.size() == 3);
  CHECK_THAT(rig.settle(task).obituary.note, Catch::Contains("the zygote of its image died"));
  for (const pid_t process : processes) CHECK(is_gone(process));
  CHECK(rig.settle(rig.submit(echo, "replaced")).text == "replaced");
}

}  // namespace blitzen::pool::testing
