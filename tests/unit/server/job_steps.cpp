#include "job_steps.hpp"

namespace blitzen::server {

Returning beginner(std::uint64_t session) { return {.session = {session, session}, .job = "sweep"}; }

Returning heir(std::uint64_t session) { return {.session = {session, session}, .job = "sweep", .attach = true}; }

std::shared_ptr<Peer> join_with_job(ClusterRig& rig, const Returning& driver) {
  auto peer = rig.join_driver(driver);
  static_cast<void>(take_job(*peer));
  peer->say(proto::DefineFunctions{{named_function(0, "f")}});
  return peer;
}

JobTold take_job(Peer& driver) {
  JobTold told;
  told.accepted_below = driver.take<proto::AcceptTasks>()->below;
  while (driver.waiting<proto::JobState>() > 0) {
    const auto state = driver.take<proto::JobState>();
    told.next_task = state->next_task;
    told.functions = state->functions;
    told.tasks.insert(told.tasks.end(), state->tasks.begin(), state->tasks.end());
  }
  return told;
}

void wait_until_read(Peer& driver, std::uint64_t number) {
  driver.say(proto::CancelTasks{{number}});
  while (driver.take<proto::AcceptTasks>()->below <= number) continue;
}

}  // namespace blitzen::server
