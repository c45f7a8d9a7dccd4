#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "job_steps.hpp"
#include "journal/store.hpp"

namespace blitzen::server {

using Catch::Contains;

namespace {

/// A server with a journal that can be started again.
class Restartable {
 public:
  Restartable() { start(); }
  ClusterRig& operator*() { return *rig_; }
  ClusterRig* operator->() { return &*rig_; }
  void restart() {
    rig_->server().stop_now();
    rig_->server().wait();
    rig_.reset();
    start();
  }

 private:
  void start() {
    ServerOptions options;
    options.journal = directory_.path() / "journal";
    rig_.emplace(std::move(options));
  }

  TemporaryDirectory directory_;
  std::optional<ClusterRig> rig_;
};

}  // namespace

TEST_CASE("a job outlives the server with everything of it") {
  Restartable server;
  {
    const auto client = server->join_client();
    const auto first = join_with_job(*server, beginner());
    for (const std::uint64_t number : {0U, 1U}) {
      submit(*first, number);
      finish(*client, server->take_attempt(*client).id, "result " + std::to_string(number));
      static_cast<void>(server->take_outcome(*first));
    }
    client->leave();
    static_cast<void>(client->closed());
    submit(*first, 2, 2);
    first->say(proto::AcknowledgeOutcomes{.packets = 2});
    first->say(proto::ForgetTasks{{0}});
    wait_until_read(*first, 4);
  }
  server.restart();
  CHECK(server->join_driver(beginner(9))->closed().goodbye == proto::GoodbyeReason::job_exists);
  const auto second = server->join_driver(heir());
  const JobTold told = take_job(*second);
  CHECK(told.functions == 1);
  CHECK(told.tasks == std::vector<proto::TaskRange>{{1, 3}});
  CHECK(server->take_outcome(*second).content == "result 1");
  const auto client = server->join_client(2);
  for (const Attempt& attempt : server->take_attempts(*client, 2)) finish(*client, attempt.id, "after the restart");
  CHECK(server->take_outcomes(*second, 2).back().content == "after the restart");
}

TEST_CASE("a journal that has lost the function of a task is refused as damaged, and salvaged without that task") {
  const TemporaryDirectory directory;
  ServerOptions options;
  options.journal = directory.path() / "journal";
  journal::Store(options.journal)
      .write(std::vector<journal::Record>{journal::DriverJoined{.driver = 1, .job = "sweep", .keeps = true},
                                          journal::TaskAccepted{.driver = 1, .number = 0},
                                          journal::TaskSettled{.driver = 1, .number = 1}});
  CHECK_THROWS_WITH(ClusterRig(options), Contains("number 0 is for a function that is not there") &&
                                             Contains("1 of 1 outcomes") && Contains("--journal-salvage"));
  options.journal_salvage = true;
  ClusterRig rig(options);
  const auto driver = rig.join_driver(heir());
  CHECK(take_job(*driver).tasks == std::vector<proto::TaskRange>{{1, 1}});
}

TEST_CASE("numbers of tasks that a journal has no more are not used again") {
  Restartable server;
  {
    const auto first = join_with_job(*server, beginner());
    submit(*first, 0, 100);
    proto::ForgetTasks most;
    for (std::uint64_t number = 1; number < 100; ++number) most.numbers.push_back(number);
    first->say(most);
    wait_until_read(*first, 100);
  }
  server.restart();
  std::uint64_t next = 0;
  {
    const auto second = server->join_driver(heir());
    const JobTold told = take_job(*second);
    CHECK(told.tasks == std::vector<proto::TaskRange>{{0, 0}});
    CHECK(told.next_task > 100);
    next = told.next_task;
    submit(*second, next);
    CHECK(second->take<proto::AcceptTasks>()->below == next + 1);
  }
  server.restart();
  const JobTold told = take_job(*server->join_driver(heir(3)));
  CHECK(told.tasks == std::vector<proto::TaskRange>{{0, 0}, {next, next}});
  CHECK(told.next_task > next + 1);
}

TEST_CASE("a driver that was attaching when the server ended attaches to the next one as if for the first time") {
  Restartable server;
  {
    const auto first = join_with_job(*server, beginner());
    submit(*first, 0);
    CHECK(first->take<proto::AcceptTasks>()->below == 1);
  }
  server.restart();
  const std::uint64_t next = take_job(*server->join_driver(heir())).next_task;
  server.restart();
  const auto second = server->join_driver(heir());
  const JobTold told = take_job(*second);
  CHECK(told.tasks == std::vector<proto::TaskRange>{{0, 0}});
  CHECK(told.next_task > next);
  submit(*second, told.next_task);
  CHECK(second->take<proto::AcceptTasks>()->below == told.next_task + 1);
}

TEST_CASE("the server knows after a restart who has a job") {
  Restartable server;
  {
    const auto first = join_with_job(*server, beginner());
    submit(*first, 0);
    CHECK(first->take<proto::AcceptTasks>()->below == 1);
    static_cast<void>(take_job(*server->join_driver(heir())));
  }
  server.restart();
  CHECK(server->join_driver(beginner())->closed().goodbye == proto::GoodbyeReason::job_exists);
  Returning back = heir();
  back.attach = false;
  CHECK(take_job(*server->join_driver(back)).tasks == std::vector<proto::TaskRange>{{0, 0}});
}

TEST_CASE("what a journal has of a driver is no other memory of it") {
  Restartable server;
  {
    const auto driver = server->join_driver(beginner());
    driver->say(proto::DefineFunctions{{named_function(0, "f")}});
    submit(*driver, 0);
    wait_until_read(*driver, 1);
  }
  server.restart();
  CHECK(server->join_driver(beginner())->take<proto::AcceptTasks>()->memory == 0);
}

TEST_CASE("a driver of which the journal has nothing but the name is told that it is new") {
  Restartable server;
  CHECK(server->join_driver(beginner())->take<proto::AcceptTasks>()->memory != 0);
  server.restart();
  CHECK(server->join_driver(beginner())->take<proto::AcceptTasks>()->memory != 0);
}

TEST_CASE("a job that is over is not in the journal any more") {
  Restartable server;
  {
    const auto first = join_with_job(*server, beginner());
    submit(*first, 0);
    first->say(proto::ForgetTasks{{0}, 1});
    while (first->take<proto::AcceptTasks>()->forgotten < 1) continue;
    first->leave();
    static_cast<void>(first->closed());
    CHECK(server->join_driver(heir())->closed().goodbye == proto::GoodbyeReason::job_unknown);
  }
  server.restart();
  CHECK(server->join_driver(heir())->closed().goodbye == proto::GoodbyeReason::job_unknown);
}

}  // namespace blitzen::server
