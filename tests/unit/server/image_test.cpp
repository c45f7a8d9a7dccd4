#include <string>
#include <string_view>

#include "image_steps.hpp"
#include "job_steps.hpp"

namespace blitzen::server {
namespace {

ServerOptions room_for_one_image() {
  ServerOptions options;
  options.cache_bytes_max = program.size();
  return options;
}

proto::Function function_of_program(std::uint32_t index = 0) {
  proto::Function function = named_function(index, "f");
  function.image = hash_of(program);
  return function;
}

/// One that can come back, with the function of its program defined.
std::shared_ptr<Peer> join_with_program(ClusterRig& rig) {
  auto driver = rig.join_driver(Returning{.session = {1, 2}});
  driver->say(proto::DefineFunctions{{function_of_program()}});
  return driver;
}

/// Somebody else's image comes, for which the cache has no room beside the program.
void check_that_program_survives_another(ClusterRig& rig) {
  const auto stranger = rig.join_driver();
  offer(*stranger, "another program");
  CHECK(stranger->take<proto::RequestImage>()->hash == hash_of("another program"));
  send_image(*stranger, "another program");
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of("another program")});
  CHECK(content_of(client->take<proto::Image>()) == "another program");
  client->say(proto::RequestImage{hash_of(program)});
  CHECK(content_of(client->take<proto::Image>()) == program);
}

TEST_CASE("an image is asked for once, from one driver, and served to every client that asks") {
  ClusterRig rig;
  const auto first = rig.join_driver();
  const auto second = rig.join_driver();
  offer(*first, program);
  CHECK(first->take<proto::RequestImage>()->hash == hash_of(program));
  offer(*second, program);

  const auto early = rig.join_client();
  early->say(proto::RequestImage{hash_of(program)});
  send_image(*first, program);
  const auto image = early->take<proto::Image>();
  CHECK(content_of(image) == program);
  CHECK(image->name == "demo");
  CHECK(image->architecture == "x86_64");

  const auto late = rig.join_client();
  late->say(proto::RequestImage{hash_of(program)});
  CHECK(content_of(late->take<proto::Image>()) == program);
  CHECK(first->waiting<proto::RequestImage>() == 0);
  CHECK(second->waiting<proto::RequestImage>() == 0);
}

TEST_CASE("an image that nobody has is answered with a sentence") {
  ClusterRig rig;
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  const auto image = client->take<proto::Image>();
  CHECK(image->content.empty());
  CHECK_THAT(image->problem, Catch::Contains("no connected driver has the image"));
}

TEST_CASE("when the driver that was asked goes away, another that has the image is asked") {
  ClusterRig rig;
  const auto doomed = rig.join_driver();
  offer(*doomed, program);
  CHECK(doomed->take<proto::RequestImage>()->hash == hash_of(program));
  const auto other = rig.join_driver();
  offer(*other, program);
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  doomed->vanish();
  CHECK(other->take<proto::RequestImage>()->hash == hash_of(program));
  send_image(*other, program);
  CHECK(content_of(client->take<proto::Image>()) == program);
}

TEST_CASE("when the only driver that has the image goes away, its clients are told") {
  ClusterRig rig;
  const auto doomed = rig.join_driver();
  offer(*doomed, program);
  CHECK(doomed->take<proto::RequestImage>()->hash == hash_of(program));
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RequestImage{hash_of("another program")});
  CHECK(client->take<proto::Image>()->hash == hash_of("another program"));
  doomed->vanish();
  CHECK_THAT(client->take<proto::Image>()->problem, Catch::Contains("went away"));
}

TEST_CASE("a task whose image did not come before its driver was lost runs when the driver is back") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto lost = join_with_program(rig);
  offer(*lost, program);
  CHECK(lost->take<proto::RequestImage>()->hash == hash_of(program));
  submit(*lost, 0);
  const auto attempt = rig.take_attempt(*client);
  client->say(proto::RequestImage{hash_of(program)});
  lost->vanish();
  client->say(proto::RefuseTask{attempt.id, client->take<proto::Image>()->problem});
  // While it is away, and after it has come back but before it has offered its image.
  const auto tried_again = rig.take_attempt(*client);
  client->say(proto::RequestImage{hash_of(program)});
  const auto problem = client->take<proto::Image>()->problem;
  const auto back = join_with_program(rig);
  CHECK(back->take<proto::AcceptTasks>()->below == 1);
  client->say(proto::RefuseTask{tried_again.id, problem});
  const auto at_last = rig.take_attempt(*client);
  offer(*back, program);
  CHECK(back->take<proto::RequestImage>()->hash == hash_of(program));
  client->say(proto::RequestImage{hash_of(program)});
  send_image(*back, program);
  CHECK(content_of(client->take<proto::Image>()) == program);
  finish(*client, at_last.id, "done");
  CHECK(rig.take_outcome(*back).content == "done");
}

TEST_CASE("a task whose image nobody has ends once its driver is back without it") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto lost = join_with_program(rig);
  submit(*lost, 0);
  const auto attempt = rig.take_attempt(*client);
  lost->vanish();
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RefuseTask{attempt.id, client->take<proto::Image>()->problem});
  const auto tried_again = rig.take_attempt(*client);
  const auto back = join_with_program(rig);
  offer(*back, "another program");
  CHECK(back->take<proto::RequestImage>()->hash == hash_of("another program"));
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RefuseTask{tried_again.id, client->take<proto::Image>()->problem});
  CHECK_THAT(rig.take_outcome(*back).failure.message, Catch::Contains("no connected driver has the image"));
}

TEST_CASE("a task of a job waits for its image when another program attaches, which is told") {
  ClusterRig rig;
  const auto client = rig.join_client();
  const auto first = join_with_job(rig, beginner());
  first->say(proto::DefineFunctions{{function_of_program(1)}});
  proto::SubmittedTask task;
  task.function = 1;
  submit(*first, 0, 1, "of the program", task);
  const auto attempt = rig.take_attempt(*client);
  first->vanish();
  client->say(proto::RequestImage{hash_of(program)});
  const auto problem = client->take<proto::Image>()->problem;

  const auto other = rig.join_driver(heir());
  CHECK(take_job(*other).next_task == 1);
  offer(*other, "another program");
  CHECK(other->take<proto::RequestImage>()->hash == hash_of("another program"));
  client->say(proto::RefuseTask{attempt.id, problem});
  CHECK_THAT(other->take<proto::Notice>()->sentence, Catch::Contains("tasks of the job 'sweep' wait for the program"));
  const auto tried_again = rig.take_attempt(*client);
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RefuseTask{tried_again.id, client->take<proto::Image>()->problem});

  const auto third = rig.join_driver(heir(3));
  CHECK(take_job(*third).next_task == 1);
  offer(*third, program);
  CHECK(third->take<proto::RequestImage>()->hash == hash_of(program));
  send_image(*third, program);
  const auto at_last = rig.take_attempt(*client);
  finish(*client, at_last.id, "done");
  CHECK(rig.take_outcome(*third).content == "done");
}

TEST_CASE("the image of a job is kept while its driver is away, however full the cache is") {
  ClusterRig rig(room_for_one_image());
  const auto driver = rig.join_driver(beginner());
  static_cast<void>(take_job(*driver));
  offer(*driver, program);
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(program));
  send_image(*driver, program);
  driver->say(proto::DefineFunctions{{function_of_program()}});
  submit(*driver, 0);
  wait_until_read(*driver, 1);
  driver->leave();
  static_cast<void>(driver->closed());
  check_that_program_survives_another(rig);
}

TEST_CASE("an image that came after its first driver had left is kept for the second one") {
  ClusterRig rig(room_for_one_image());
  const auto join_with_task = [&](const Returning& returning) {
    auto driver = rig.join_driver(returning);
    static_cast<void>(driver->take<proto::AcceptTasks>());
    driver->say(proto::DefineFunctions{{function_of_program()}});
    submit(*driver, 0);
    wait_until_read(*driver, 1);
    return driver;
  };
  const auto first = join_with_task({.session = {1, 1}});
  first->vanish();
  const auto second = join_with_task({.session = {2, 2}});
  offer(*second, program);
  CHECK(second->take<proto::RequestImage>()->hash == hash_of(program));
  send_image(*second, program);
  submit(*second, 2);
  wait_until_read(*second, 3);
  second->vanish();
  check_that_program_survives_another(rig);
}

TEST_CASE("an image whose bytes do not have its hash is not passed on") {
  ClusterRig rig;
  const auto liar = rig.join_driver();
  offer(*liar, program);
  CHECK(liar->take<proto::RequestImage>()->hash == hash_of(program));
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RequestImage{hash_of("another program")});
  CHECK(client->take<proto::Image>()->hash == hash_of("another program"));
  liar->say(proto::Image{hash_of(program), "demo", "x86_64", base::as_bytes("something else"), {}});
  const auto image = client->take<proto::Image>();
  CHECK(image->content.empty());
  CHECK_THAT(image->problem, Catch::Contains("damaged"));
}

TEST_CASE("a driver that cannot read its own image says why, and the client is told") {
  ClusterRig rig;
  const auto driver = rig.join_driver();
  offer(*driver, program);
  CHECK(driver->take<proto::RequestImage>()->hash == hash_of(program));
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  client->say(proto::RequestImage{hash_of("another program")});
  CHECK(client->take<proto::Image>()->hash == hash_of("another program"));
  driver->say(proto::Image{hash_of(program), "demo", "x86_64", {}, "the file was deleted"});
  CHECK_THAT(client->take<proto::Image>()->problem, Catch::Contains("the file was deleted"));
}

TEST_CASE("an image that is in the cache is not asked for again") {
  ClusterRig rig;
  const auto first = rig.join_driver();
  offer(*first, program);
  CHECK(first->take<proto::RequestImage>()->hash == hash_of(program));
  send_image(*first, program);
  first->leave();
  CHECK(first->closed().orderly);

  const auto second = rig.join_driver_with_function();
  offer(*second, program);
  const auto client = rig.join_client();
  client->say(proto::RequestImage{hash_of(program)});
  CHECK(content_of(client->take<proto::Image>()) == program);
  CHECK(second->waiting<proto::RequestImage>() == 0);
}

}  // namespace
}  // namespace blitzen::server
