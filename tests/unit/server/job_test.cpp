#include <chrono>
#include <set>
#include <string>

#include "image_steps.hpp"
#include "job_steps.hpp"

namespace blitzen::server {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;
using Ranges = std::vector<proto::TaskRange>;

}  // namespace

TEST_CASE("a driver that begins a job is told that there is nothing of it yet") {
  ClusterRig rig;
  const JobTold told = take_job(*rig.join_driver(beginner()));
  CHECK(told.next_task == 0);
  CHECK(told.functions == 0);
  CHECK(told.tasks.empty());
  CHECK(told.accepted_below == 0);
}

TEST_CASE("a job that is there can only be attached to, and one that is not can only be begun") {
  ClusterRig rig;
  const auto early = rig.join_driver(heir())->closed();
  CHECK(early.goodbye == proto::GoodbyeReason::job_unknown);
  CHECK_THAT(early.sentence, Contains("no job 'sweep' to attach to"));
  const auto first = join_with_job(rig, beginner());
  const auto second = rig.join_driver(beginner(2))->closed();
  CHECK(second.goodbye == proto::GoodbyeReason::job_exists);
  CHECK_THAT(second.sentence, Contains("attach to it"));
  submit(*first, 0);
  CHECK(first->take<proto::AcceptTasks>()->below == 1);
}

TEST_CASE("what makes no sense as a job is turned away") {
  const auto [driver, sentence] = GENERATE(table<Returning, const char*>({
      {{.session = {1, 1}, .job = "two\nlines"}, "control characters"},
      {{.session = {1, 1}, .job = std::string(256, 'x')}, "at most 255 bytes"},
      {{.session = {}, .job = "sweep"}, "must have a session"},
      {{.session = {1, 1}, .attach = true}, "must name a job"},
  }));
  ClusterRig rig;
  const auto reason = rig.join_driver(driver)->closed();
  CHECK(reason.goodbye == proto::GoodbyeReason::protocol_error);
  CHECK_THAT(reason.sentence, Contains(sentence));
}

TEST_CASE("a job goes on when its driver has left, in whatever way, and another driver gets its outcomes") {
  ClusterRig rig;
  const auto client = rig.join_client(3);
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0, 3);
  const auto attempts = rig.take_attempts(*client, 3);
  finish(*client, attempts[0].id, "told before");
  CHECK(rig.take_outcome(*first).content == "told before");
  GENERATE(0, 1) == 0 ? first->leave() : first->vanish();
  finish(*client, attempts[1].id, "while nobody was there");

  const auto second = rig.join_driver(heir());
  const JobTold told = take_job(*second);
  CHECK(told.next_task == 3);
  CHECK(told.functions == 1);
  CHECK(told.tasks == Ranges{{0, 2}});
  CHECK(told.accepted_below == 3);
  const auto outcomes = rig.take_outcomes(*second, 2);
  CHECK(outcomes[0].content == "told before");
  CHECK(outcomes[1].content == "while nobody was there");
  finish(*client, attempts[2].id, "afterwards");
  CHECK(rig.take_outcome(*second).content == "afterwards");
  second->say(proto::DefineFunctions{{named_function(1, "g")}});
  proto::SubmittedTask more;
  more.function = 1;
  submit(*second, 3, 1, "of the second", more);
  CHECK(rig.take_attempt(*client).arguments == "of the second");
}

TEST_CASE("a driver that attaches takes a job over from one that still has it") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0);
  const Attempt attempt = rig.take_attempt(*client);
  const auto second = rig.join_driver(heir());
  const auto reason = first->closed();
  CHECK(reason.goodbye == proto::GoodbyeReason::taken_over);
  CHECK(reason.is_final());
  CHECK_THAT(reason.sentence, StartsWith("another driver attached to the job 'sweep', driver ") &&
                                  Contains("(127.0.0.1:") && EndsWith("and has its tasks and outcomes from now on"));
  finish(*client, attempt.id, "for the second");
  CHECK(rig.take_outcome(*second).content == "for the second");
  CHECK(rig.join_driver(beginner())->closed().goodbye == proto::GoodbyeReason::job_exists);
  const auto third = rig.join_driver(heir(3));
  CHECK(second->closed().goodbye == proto::GoodbyeReason::taken_over);
  CHECK(rig.take_outcome(*third).content == "for the second");
}

TEST_CASE("outcomes that have come are told to another driver, but not again to the same one") {
  ClusterRig rig;
  const auto client = rig.join_client(2);
  const auto first = join_with_job(rig, beginner());
  const std::string large(proto::large_outcome_bytes_min, 'x');
  submit(*first, 0, 2);
  for (const Attempt& attempt : rig.take_attempts(*client, 2))
    finish(*client, attempt.id, attempt.id.number == 0 ? large : "small");
  static_cast<void>(rig.take_outcomes(*first, 2));
  first->say(proto::AcknowledgeOutcomes{.packets = 1, .large = {0}});
  wait_until_read(*first, 2);
  first->vanish();

  const auto back = join_with_job(rig, beginner());
  wait_until_read(*back, 3);
  CHECK(back->waiting<proto::ReportOutcomes>() == 0);
  back->vanish();
  const auto second = rig.join_driver(heir());
  CHECK(take_job(*second).tasks == Ranges{{0, 1}});
  std::set<std::string> contents;
  for (const Outcome& outcome : rig.take_outcomes(*second, 2)) contents.insert(outcome.content);
  CHECK(contents == std::set<std::string>{large, "small"});
}

TEST_CASE("a task of a job is kept until it is forgotten, which cancels one that has no outcome") {
  ClusterRig rig;
  const auto client = rig.join_client(3);
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0, 3);
  const auto attempts = rig.take_attempts(*client, 3);
  finish(*client, attempts[0].id, "forgotten");
  finish(*client, attempts[1].id, "kept");
  static_cast<void>(rig.take_outcomes(*first, 2));
  first->say(proto::ForgetTasks{{0, 2, 17}});
  CHECK(client->take<proto::CancelAttempts>()->attempts.front().number == 2);
  wait_until_read(*first, 3);
  first->leave();

  const auto second = rig.join_driver(heir());
  const JobTold told = take_job(*second);
  CHECK(told.tasks == Ranges{{1, 1}});
  CHECK(told.next_task == 18);
  CHECK(rig.take_outcome(*second).content == "kept");
}

TEST_CASE("a driver is told what is forgotten for good, by the sequence of its packets") {
  ClusterRig rig;
  const auto driver = join_with_job(rig, beginner());
  submit(*driver, 0, 2);
  CHECK(driver->take<proto::AcceptTasks>()->below == 2);
  driver->say(proto::ForgetTasks{{0}, 1});
  driver->say(proto::ForgetTasks{{1}, 2});
  while (driver->take<proto::AcceptTasks>()->forgotten < 2) continue;
  driver->vanish();
  const auto back = rig.join_driver(beginner());
  CHECK(back->take<proto::AcceptTasks>()->forgotten == 2);
}

TEST_CASE("a job is over when its driver leaves and nothing of it is left") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0);
  finish(*client, rig.take_attempt(*client).id, "result");
  static_cast<void>(rig.take_outcome(*first));
  first->say(proto::ForgetTasks{{0}});
  first->leave();
  static_cast<void>(first->closed());
  CHECK(rig.join_driver(heir())->closed().goodbye == proto::GoodbyeReason::job_unknown);
  CHECK(take_job(*rig.join_driver(beginner(3))).next_task == 0);
}

TEST_CASE("what a driver had not sent when another one attached never comes, and its numbers are not used again") {
  ClusterRig rig;
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0);
  submit(*first, 5);
  CHECK(first->take<proto::AcceptTasks>()->below == 1);
  const auto second = rig.join_driver(heir());
  const JobTold told = take_job(*second);
  CHECK(told.tasks == Ranges{{0, 0}, {5, 5}});
  CHECK(told.next_task == 6);
  CHECK(told.accepted_below == 6);
  submit(*second, 6);
  CHECK(second->take<proto::AcceptTasks>()->below == 7);
}

TEST_CASE("of a job with many holes is told in several packets") {
  ClusterRig rig;
  const auto first = join_with_job(rig, beginner());
  constexpr std::uint64_t tasks = 20'000;
  submit(*first, 0, tasks, "");
  proto::ForgetTasks forgotten;
  for (std::uint64_t number = 0; number < tasks; number += 2) forgotten.numbers.push_back(number);
  first->say(forgotten);
  wait_until_read(*first, tasks);
  const JobTold told = take_job(*rig.join_driver(heir()));
  REQUIRE(told.tasks.size() == tasks / 2);
  for (std::uint64_t i = 0; i < tasks / 2; ++i) REQUIRE(told.tasks[i] == proto::TaskRange{2 * i + 1, 2 * i + 1});
}

TEST_CASE("a job that no driver has is dropped when its retention is over") {
  ServerOptions options;
  options.job_retention = 20ms;
  ClusterRig rig(options);
  const auto client = rig.join_client();
  const auto first = join_with_job(rig, beginner());
  submit(*first, 0);
  const Attempt attempt = rig.take_attempt(*client);
  first->leave();
  CHECK(client->take<proto::CancelAttempts>()->attempts.front().number == attempt.id.number);
  CHECK(rig.join_driver(heir())->closed().goodbye == proto::GoodbyeReason::job_unknown);
}

TEST_CASE("no task of a job is started while its outcomes take too much, and its driver is told so") {
  ServerOptions options;
  options.job_bytes = 1024 * 1024;
  ClusterRig rig(options);
  const auto client = rig.join_client();
  const auto driver = join_with_job(rig, beginner());
  const auto other = rig.join_driver_with_function();
  const std::string large(options.job_bytes + 1, 'x');
  // After a long task one at most is handed out ahead.
  const auto finish_long = [&](const Attempt& attempt) {
    client->say(proto::FinishTasks{{{attempt.id, proto::Finish::value, 10'000'000'000, 0, base::as_bytes(large)}}});
  };
  submit(*driver, 0);
  finish_long(rig.take_attempt(*client));
  CHECK_THAT(driver->take<proto::Notice>()->sentence, Contains("'sweep'") && Contains("--job-bytes"));
  static_cast<void>(rig.take_outcome(*driver));
  submit(*driver, 1, 1, "of the job");
  wait_until_read(*driver, 2);
  submit(*other, 0, 1, "of another driver");
  const Attempt attempt = rig.take_attempt(*client);
  CHECK(attempt.arguments == "of another driver");
  finish(*client, attempt.id, "done");
  driver->say(proto::ForgetTasks{{0}});
  CHECK(rig.take_attempt(*client).arguments == "of the job");
}

TEST_CASE("the driver of a job is told when the image is there that it offered") {
  ClusterRig rig;
  const auto driver = join_with_job(rig, beginner());
  offer(*driver, program);
  submit(*driver, 0);
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(program));
  CHECK_FALSE(driver->take<proto::AcceptTasks>()->has_image);
  SECTION("or cannot be had") {
    driver->say(proto::Image{hash_of(program), "demo", "x86_64", {}, "too large"});
    CHECK(driver->take<proto::AcceptTasks>()->has_image);
  }
  SECTION("and also if it was there already") {
    send_image(*driver, program);
    CHECK(driver->take<proto::AcceptTasks>()->has_image);
    const auto second = rig.join_driver(heir());
    CHECK_FALSE(second->take<proto::AcceptTasks>()->has_image);
    offer(*second, program);
    CHECK(second->take<proto::AcceptTasks>()->has_image);
  }
}

TEST_CASE("only a driver with a job may forget tasks") {
  ClusterRig rig;
  const auto driver = rig.join_driver_with_function();
  driver->say(proto::ForgetTasks{{0}});
  CHECK_THAT(driver->closed().sentence, Contains("must not send packet number 28"));
}

TEST_CASE("a driver with a job that leaves out too many tasks is disconnected") {
  ClusterRig rig;
  const auto driver = join_with_job(rig, beginner());
  submit(*driver, 10'000'000'000);
  CHECK_THAT(driver->closed().sentence, Contains("leaves too many tasks out"));
}

}  // namespace blitzen::server
