// One telling sample of every packet and content: what the round trips and the golden bytes are made from.
#pragma once

#include <string>
#include <vector>

#include "proto/codec.hpp"

namespace blitzen::proto {

/// Calls `on_sample(name, value)` for every sample. The views in them show static bytes.
template <class OnSample>
void for_each_sample(OnSample&& on_sample);

[[nodiscard]] BytesView sample_bytes(const char* text);
[[nodiscard]] ImageHash sample_hash();
[[nodiscard]] Function sample_function();
[[nodiscard]] Obituary sample_obituary();

template <class Value>
[[nodiscard]] std::vector<std::byte> encoded(const Value& value) {
  std::vector<std::byte> bytes;
  encode(value, bytes);
  return bytes;
}

inline constexpr AttemptId sample_attempt{.driver = 1, .attempt = 2, .number = 3};

template <class OnSample>
void for_each_sample(OnSample&& on_sample) {
  on_sample("hello of a driver", Hello{.version = 1,
                                       .oldest_version = 1,
                                       .role = Role::driver,
                                       .program_version = "0.1.0",
                                       .architecture = "x86_64",
                                       .host = "lab7",
                                       .process = 4711,
                                       .packet_bytes_max = 1U << 30U});
  on_sample("hello of a driver that comes back", Hello{.version = 1,
                                                       .oldest_version = 1,
                                                       .role = Role::driver,
                                                       .program_version = "0.1.0",
                                                       .architecture = "x86_64",
                                                       .host = "lab7",
                                                       .process = 4711,
                                                       .packet_bytes_max = 1U << 30U,
                                                       .session = {.high = 5, .low = 6},
                                                       .first_task = 70});
  on_sample("hello of a driver that attaches to a job", Hello{.version = 1,
                                                              .oldest_version = 1,
                                                              .role = Role::driver,
                                                              .program_version = "0.1.0",
                                                              .architecture = "x86_64",
                                                              .host = "lab7",
                                                              .process = 4711,
                                                              .packet_bytes_max = 1U << 30U,
                                                              .session = {.high = 5, .low = 6},
                                                              .job = "sweep-42",
                                                              .attach = true});
  on_sample("hello of a client with every optional field", Hello{.version = 2,
                                                                 .oldest_version = 1,
                                                                 .role = Role::client,
                                                                 .program_version = "0.2.0",
                                                                 .architecture = "aarch64",
                                                                 .host = "pi",
                                                                 .process = 1,
                                                                 .packet_bytes_max = 1U << 20U,
                                                                 .epoch = 5,
                                                                 .task_limit = 1000,
                                                                 .slots = 6,
                                                                 .accepts_images = false,
                                                                 .compression = true});
  on_sample("goodbye", Goodbye{.reason = GoodbyeReason::stopping, .sentence = "the server stops"});
  on_sample("heartbeat", Heartbeat{});
  on_sample("define_functions",
            DefineFunctions{.functions = {sample_function(), Function{.kind = FunctionKind::name, .name = "square"}}});
  on_sample("offer_image",
            OfferImage{.hash = sample_hash(), .bytes = 123456, .name = "demo", .architecture = "x86_64"});
  on_sample("request_image", RequestImage{.hash = sample_hash()});
  on_sample("image", Image{.hash = sample_hash(),
                           .name = "demo",
                           .architecture = "x86_64",
                           .content = sample_bytes("\177ELF"),
                           .problem = ""});
  on_sample("submit_tasks", SubmitTasks{.tasks = {{.number = 7,
                                                   .function = 1,
                                                   .timeout_ns = 7'000'000'000,
                                                   .worker_deaths_max = 3,
                                                   .arguments = sample_bytes("args")},
                                                  {.number = 8, .worker_deaths_max = 1}}});
  on_sample("accept_tasks", AcceptTasks{.below = 9});
  on_sample("accept_tasks after a greeting", AcceptTasks{.below = 9, .memory = 0x0102030405060708});
  on_sample("accept_tasks of a job", AcceptTasks{.below = 9, .forgotten = 5, .has_image = true});
  on_sample("cancel_tasks", CancelTasks{.numbers = {7, 8}});
  on_sample("report_outcomes",
            ReportOutcomes{.outcomes = {{.number = 7, .ran_ns = 1000, .content = sample_bytes("result")},
                                        {.number = 8, .outcome = Outcome::poisoned}}});
  on_sample("acknowledge_outcomes", AcknowledgeOutcomes{.packets = 3, .large = {7, 9}});
  on_sample("hold_tasks", HoldTasks{.held = true});
  on_sample("notice", Notice{.sentence = "5 tasks wait and no client is connected"});
  on_sample("job_state", JobState{.next_task = 90, .functions = 2, .tasks = {{3, 3}, {7, 89}}});
  on_sample("forget_tasks", ForgetTasks{.numbers = {7, 8}, .sequence = 5});
  on_sample(
      "assign_tasks",
      AssignTasks{
          .tasks = {
              {.id = sample_attempt, .function = 4, .timeout_ns = 7'000'000'000, .arguments = sample_bytes("args")},
              {.id = {.driver = 9, .attempt = 1, .number = 0}}}});
  on_sample("recall_tasks", RecallTasks{.count = 16});
  on_sample("cancel_attempts", CancelAttempts{.attempts = {sample_attempt, {}}});
  on_sample("finish_tasks", FinishTasks{.tasks = {{.id = sample_attempt,
                                                   .finish = Finish::value,
                                                   .ran_ns = 1000,
                                                   .slot = 5,
                                                   .content = sample_bytes("result")},
                                                  {.finish = Finish::timed_out}}});
  on_sample("worker_death", WorkerDeath{.id = sample_attempt, .obituary = sample_obituary()});
  on_sample("return_tasks", ReturnTasks{.attempts = {sample_attempt}});
  on_sample("refuse_task", RefuseTask{.id = sample_attempt, .reason = "libgsl.so.27 is missing"});
  on_sample("client_status",
            ClientStatus{.draining = true, .executing = {{.id = sample_attempt, .running_for_ns = 5}, {}}});
  on_sample("claim_attempts", ClaimAttempts{{sample_attempt, {}}});
  on_sample("failure", Failure{.message = "the task threw",
                               .exception_type = "std::runtime_error",
                               .what = "no",
                               .deaths = {sample_obituary(), {}}});
}

}  // namespace blitzen::proto
