#include "server/broker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>
#include <vector>

#include "base/counted.hpp"
#include "base/heap.hpp"
#include "base/large_memory.hpp"
#include "blitzen/logging.hpp"
#include "blitzen/proto/archive.hpp"
#include "proto/batch.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"
#include "proto/limits.hpp"
#include "server/failures.hpp"
#include "server/wording.hpp"

namespace blitzen::server {
namespace {

/// Ten years: no timeout or running time needs more, and adding a few of them cannot overflow.
constexpr std::uint64_t duration_ns_max = 10ULL * 365 * 24 * 3600 * 1'000'000'000;

/// A queue of so many tasks takes some megabytes. They are given back when nothing followed for that long.
constexpr std::size_t long_queue = 50'000;
constexpr std::chrono::milliseconds memory_patience{200};
/// About what the scheduler and the tables keep of a task beside its arguments.
constexpr std::size_t kept_bytes_per_task = 112;

/// That tasks were accepted is told with outcomes, because a packet of its own would wake the driver. If none come, it
/// is told after this.
constexpr std::chrono::milliseconds accepted_delay_max{10};

core::Duration to_duration(std::uint64_t nanoseconds) {
  return core::Duration{static_cast<std::int64_t>(std::min(nanoseconds, duration_ns_max))};
}

core::TaskId task_of(const proto::AttemptId& id) { return {core::DriverId{id.driver}, id.number}; }

proto::AttemptId attempt_id(const core::TaskId& task, core::Attempt attempt) {
  return {static_cast<std::uint32_t>(task.driver), attempt, task.number};
}

core::FinishKind finish_kind(proto::Finish finish) {
  switch (finish) {
    case proto::Finish::value:
      return core::FinishKind::value;
    case proto::Finish::error:
      return core::FinishKind::error;
    case proto::Finish::timed_out:
      return core::FinishKind::timed_out;
  }
  return core::FinishKind::error;
}

template <class Packet>
Packet decoded(const base::SharedBytes& body) {
  Packet packet;
  proto::decode(body.bytes(), packet);
  return packet;
}

[[noreturn]] void refuse_packet(std::string_view role, proto::PacketNumber number) {
  throw proto::DecodeError("a " + std::string(role) + " must not send packet number " +
                           std::to_string(static_cast<std::uint16_t>(number)));
}

std::string no_client_for(std::uint64_t tasks) {
  return base::counted(tasks, "task") + (tasks == 1 ? " waits" : " wait") +
         " and no client is connected; start one with blitzen-client --server HOST";
}

logging::Logger& log() { return logging::get_logger(); }

}  // namespace

Broker::Broker(EventLoop& loop, const BrokerOptions& options, images::ImageCache cache)
    : loop_(loop),
      options_(options),
      memory_(options_.memory_limit),
      images_(loop, std::move(cache), options_.images_work_in,
              [this] {
                image_news_ = true;
                end_turn_soon();
              }),
      timer_(loop.make_timer([this] {
        timer_at_.reset();
        end_turn();
      })),
      clients_missing_(loop, options_.client_patience, [this] { tell_of_missing_clients(); }),
      queue_drained_(loop, memory_patience, [this] {
        longest_queue_ = 0;
        base::give_back_free_memory();
      }) {}

// Packets become events.

void Broker::packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) {
  now_ = loop_.now();
  if (DriverSession* driver = drivers_.find(channel)) {
    driver_says(*driver, number, body);
  } else if (ClientSession* client = clients_.find(channel)) {
    client_says(*client, number, body);
  } else if (claiming_.contains(&channel)) {
    claim(channel, number, body);
  }
  end_turn_soon();
}

/// The turn's end comes a little later, so that it takes in what other channels read in the same turn.
void Broker::batch_ended(net::Channel&) {}

void Broker::peer_heard(net::Channel& channel) {
  ClientSession* client = clients_.find(channel);
  if (client == nullptr) return;
  now_ = loop_.now();
  happened(core::ClientHeard{client->id()});
}

void Broker::queue_drained(net::Channel& channel) {
  images_.deliver();
  if (DriverSession* driver = drivers_.find(channel); driver != nullptr && driver->has_job()) {
    drivers_.flush_later(*driver);
    end_turn_soon();
  }
  ClientSession* client = clients_.find(channel);
  if (client == nullptr || !client->holds()) return;
  while (const auto assignment = client->release()) send_assignment(*client, *assignment);
  end_turn_soon();
}

void Broker::driver_says(DriverSession& driver, proto::PacketNumber number, const base::SharedBytes& body) {
  switch (number) {
    case proto::PacketNumber::submit_tasks:
      return submit(driver, body);
    case proto::PacketNumber::cancel_tasks:
      for (const std::uint64_t task : decoded<proto::CancelTasks>(body).numbers) cancel(driver, task);
      if (driver.has_job()) accept(driver);
      return;
    case proto::PacketNumber::acknowledge_outcomes:
      return acknowledge(driver, decoded<proto::AcknowledgeOutcomes>(body));
    case proto::PacketNumber::define_functions:
      for (const auto& function : decoded<proto::DefineFunctions>(body).functions) {
        if (driver.define(function) && driver.accepts_when_safe()) journal_->defined(driver.id(), function);
      }
      return;
    case proto::PacketNumber::forget_tasks:
      if (!driver.has_job()) break;
      return forget_tasks(driver, decoded<proto::ForgetTasks>(body));
    case proto::PacketNumber::offer_image:
      return offer_image(driver, decoded<proto::OfferImage>(body));
    case proto::PacketNumber::image:
      return images_.receive(*driver.channel(), decoded<proto::Image>(body), body);
    default:
      break;
  }
  refuse_packet("driver", number);
}

void Broker::client_says(ClientSession& client, proto::PacketNumber number, const base::SharedBytes& body) {
  switch (number) {
    case proto::PacketNumber::finish_tasks:
      return finish(client.id(), body);
    case proto::PacketNumber::worker_death:
      return record_death(client, body);
    case proto::PacketNumber::return_tasks:
      return take_back(client.id(), body);
    case proto::PacketNumber::refuse_task:
      return refuse(client, body);
    case proto::PacketNumber::client_status:
      return note_status(client, body);
    case proto::PacketNumber::request_image:
      return images_.request(*client.channel(), decoded<proto::RequestImage>(body).hash);
    default:
      refuse_packet("client", number);
  }
}

void Broker::submit(DriverSession& driver, const base::SharedBytes& body) {
  const base::SharedBytes kept = body.size() < copied_batch_bytes_max ? base::SharedBytes::copy_of(body.bytes()) : body;
  proto::for_each_item<proto::SubmitTasks>(
      kept.bytes(), [&](const proto::SubmittedTask& task, proto::BytesView) { submit(driver, kept, task); });
  if (driver.ignores_hold()) throw proto::DecodeError("the driver sends tasks although it was told to hold them");
  accept(driver);
}

void Broker::accept(DriverSession& driver) {
  if (driver.accepts_when_safe()) return journal_->accepted(driver.id(), driver.tasks().accepted_below());
  if (!tell_accepted_at_) tell_accepted_at_ = now_ + accepted_delay_max;
}

void Broker::submit(DriverSession& driver, const base::SharedBytes& body, const proto::SubmittedTask& task) {
  const FunctionRef function = driver.function(task.function);
  if (!driver.tasks().is_new(task.number)) return;
  if (task.arguments.size() > proto::payload_bytes_max) {
    report_failure(driver, task.number, proto::Outcome::error,
                   arguments_too_large(task.arguments.size(), proto::payload_bytes_max));
    return cancel(driver, task.number);
  }
  heap_.expect(kept_bytes_per_task + (body.size() < base::LargeMemory::block_bytes_min ? task.arguments.size() : 0));
  const core::Duration timeout = timeout_of(task.timeout_ns);
  if (driver.has_job() && driver.reserve(task.number) && driver.accepts_when_safe()) journal_->changed(driver);
  if (driver.accepts_when_safe()) journal_->submitted(driver.id(), task, body.slice(task.arguments));
  const bool added =
      driver.tasks().add(task.number, {body.slice(task.arguments), timeout, function.id, task.worker_deaths_max == 1});
  if (!added && driver.has_job()) throw proto::DecodeError("a driver with a job leaves too many tasks out");
  happened(core::TaskSubmitted{{driver.id(), task.number}, function.code, timeout, task.worker_deaths_max});
}

core::Duration Broker::timeout_of(std::uint64_t timeout_ns) const {
  return timeout_ns == 0 ? options_.timeout : to_duration(timeout_ns);
}

void Broker::acknowledge(DriverSession& driver, const proto::AcknowledgeOutcomes& came) {
  std::vector<std::uint64_t> numbers;
  driver.acknowledge(came, driver.accepts_when_safe() ? &numbers : nullptr);
  if (!numbers.empty()) journal_->acknowledged(driver.id(), std::move(numbers));
  note_congestion(driver);
}

/// Also a number that never came: that fills the gap it would leave.
void Broker::cancel(DriverSession& driver, std::uint64_t number) {
  driver.tasks().skip(number);
  happened(core::TaskCancelled{{driver.id(), number}});
}

/// What happened may end the session. Then the rest of the packet comes from a client that is lost.
void Broker::finish(core::ClientId client, const base::SharedBytes& body) {
  finished_in_ = &body;
  proto::for_each_item<proto::FinishTasks>(body.bytes(), [&](const proto::FinishedTask& task, proto::BytesView) {
    finished_ = &task;
    happened(core::TaskFinished{client, task_of(task.id), task.id.attempt, finish_kind(task.finish),
                                to_duration(task.ran_ns), task.slot});
    finished_ = nullptr;
  });
}

void Broker::take_back(core::ClientId client, const base::SharedBytes& body) {
  proto::for_each_item<proto::ReturnTasks>(body.bytes(), [&](const proto::AttemptId& id, proto::BytesView) {
    happened(core::TaskReturned{client, task_of(id), id.attempt});
  });
}

void Broker::record_death(ClientSession& client, const base::SharedBytes& body) {
  auto packet = decoded<proto::WorkerDeath>(body);
  obituary_ = &packet.obituary;
  happened(core::WorkerDied{client.id(), task_of(packet.id), packet.id.attempt});
  obituary_ = nullptr;
}

void Broker::refuse(ClientSession& client, const base::SharedBytes& body) {
  auto packet = decoded<proto::RefuseTask>(body);
  const core::TaskId task = task_of(packet.id);
  DriverSession* driver = drivers_.find(task.driver);
  const StoredTask* stored = driver == nullptr ? nullptr : driver->tasks().find(task.number);
  bool for_now = false;
  if (stored != nullptr) {
    functions_.note_refusal(stored->function, "on " + client.channel()->peer().host + ", " + packet.reason);
    for_now = lacks_image_for_now(client, *driver, *stored);
    if (for_now) tell_of_missing_image(*driver, functions_.at(stored->function).image);
  }
  happened(core::CodeRefused{client.id(), task, packet.id.attempt, for_now});
}

/// Whether the client refused the task only for want of its image, which can be had by now, or may come with the task's
/// driver.
bool Broker::lacks_image_for_now(const ClientSession& client, const DriverSession& driver,
                                 const StoredTask& task) const {
  const proto::ImageHash& image = functions_.at(task.function).image;
  return images_.was_denied(*client.channel(), image) && (images_.can_be_had(image) || driver.may_offer_image(image));
}

void Broker::note_status(ClientSession& client, const base::SharedBytes& body) {
  const auto status = decoded<proto::ClientStatus>(body);
  for (const proto::ExecutingTask& task : status.executing) {
    happened(core::StartObserved{client.id(), task_of(task.id), task.id.attempt, to_duration(task.running_for_ns)});
  }
  if (status.draining) happened(core::ClientDraining{client.id()});
}

void Broker::happened(const core::Event& event) {
  scheduler_.step(event, now_, actions_);
  carry_out_all();
}

// Actions become packets.

void Broker::carry_out_all() {
  // Carrying out one action may add further ones behind it.
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    const core::Action action = actions_[i];
    std::visit([this](const auto& one) { carry_out(one); }, action);
  }
  actions_.clear();
}

void Broker::carry_out(const core::RejectTask& action) {
  DriverSession* driver = drivers_.find(action.task.driver);
  if (driver == nullptr) return;
  driver->tasks().remove(action.task.number);
  report_failure(*driver, action.task.number, proto::Outcome::error,
                 action.reason == core::RejectReason::task_limit ? over_task_limit(options_.task_limit)
                                                                 : leaves_too_many_out(action.task.number));
}

void Broker::carry_out(const core::AssignTask& action) {
  ClientSession* client = clients_.find(action.client);
  if (client == nullptr) return;
  const Assignment assignment{action.task, action.attempt};
  if (journal_ && starts_once(action.task)) return journal_->starting(client->id(), assignment);
  give(*client, assignment);
}

bool Broker::starts_once(const core::TaskId& task) const {
  DriverSession* driver = drivers_.find(task.driver);
  const StoredTask* stored = driver == nullptr ? nullptr : driver->tasks().find(task.number);
  return stored != nullptr && stored->starts_once && driver->accepts_when_safe();
}

void Broker::give(ClientSession& client, const Assignment& assignment) {
  if (client.holds() || !client.has_room()) return client.hold(assignment);
  send_assignment(client, assignment);
}

void Broker::send_assignment(ClientSession& client, const Assignment& assignment) {
  DriverSession* driver = drivers_.find(assignment.task.driver);
  const StoredTask* stored = driver == nullptr ? nullptr : driver->tasks().find(assignment.task.number);
  if (stored == nullptr) return;
  if (!client.knows(stored->function)) client.define(functions_.at(stored->function));
  client.assign({attempt_id(assignment.task, assignment.attempt), static_cast<std::uint32_t>(stored->function),
                 static_cast<std::uint64_t>(stored->timeout.count()), stored->arguments.bytes()},
                stored->arguments);
  clients_.flush_later(client);
}

void Broker::carry_out(const core::RecallTasks& action) {
  ClientSession* client = clients_.find(action.client);
  if (client == nullptr) return;
  std::uint32_t count = action.count;
  // What was never sent comes back without asking.
  for (; count > 0; --count) {
    const auto unsent = client->take_back();
    if (!unsent) break;
    scheduler_.step(core::TaskReturned{client->id(), unsent->task, unsent->attempt}, now_, actions_);
  }
  if (count > 0) client->recall(count);
}

void Broker::carry_out(const core::CancelAttempt& action) {
  ClientSession* client = clients_.find(action.client);
  const Assignment assignment{action.task, action.attempt};
  if (client == nullptr || client->withdraw(assignment)) return;
  if (journal_ && journal_->withdraw(client->id(), assignment)) return;
  client->cancel(attempt_id(action.task, action.attempt));
  clients_.flush_later(*client);
}

void Broker::carry_out(const core::RecordDeath& action) {
  DriverSession* driver = drivers_.find(action.task.driver);
  if (driver != nullptr && obituary_ != nullptr) driver->tasks().add_death(action.task.number, std::move(*obituary_));
}

void Broker::carry_out(const core::ReportOutcome& action) {
  DriverSession* driver = drivers_.find(action.task.driver);
  if (driver == nullptr) return;
  if (action.cause == core::OutcomeCause::reported && finished_ != nullptr) {
    report(*driver, {action.task.number, outcome_of(action.kind), finished_->ran_ns, finished_->content},
           *finished_in_);
  } else {
    report_failure(*driver, action.task.number, outcome_of(action.kind), explain(*driver, action));
  }
  driver->tasks().remove(action.task.number);
}

proto::Failure Broker::explain(DriverSession& driver, const core::ReportOutcome& action) {
  const StoredTask* stored = driver.tasks().find(action.task.number);
  switch (action.cause) {
    case core::OutcomeCause::cancelled:
      return cancelled_by_driver();
    case core::OutcomeCause::worker_deaths:
      return proto::poisoned(driver.tasks().take_deaths(action.task.number));
    case core::OutcomeCause::no_client_can:
      return no_client_can(stored == nullptr ? std::string_view{} : functions_.last_refusal(stored->function));
    case core::OutcomeCause::client_lost:
      return client_lost(lost_host_);
    case core::OutcomeCause::backstop:
    case core::OutcomeCause::reported:  // Has a client's own words, and so never comes here.
      break;
  }
  return timed_out_by_server(stored == nullptr ? core::no_timeout : stored->timeout);
}

void Broker::report_failure(DriverSession& driver, std::uint64_t number, proto::Outcome outcome,
                            const proto::Failure& failure) {
  std::vector<std::byte> content;
  proto::encode(failure, content);
  const base::SharedBytes kept = base::SharedBytes::copy_of(content);
  report(driver, {number, outcome, 0, kept.bytes()}, kept);
}

/// At once, or when it is safe.
void Broker::report(DriverSession& driver, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  if (driver.accepts_when_safe()) return journal_->settled(driver.id(), outcome, packet);
  tell(driver, outcome, packet);
}

void Broker::tell(DriverSession& driver, const proto::ReportedOutcome& outcome, const base::SharedBytes& packet) {
  driver.report(outcome, packet);
  drivers_.flush_later(driver);
  note_congestion(driver);
}

void Broker::now_safe(const JournalDesk::Safe& safe) {
  now_ = loop_.now();
  for (const auto& [id, below] : safe.accepted) {
    DriverSession* driver = drivers_.find(id);
    if (driver == nullptr) continue;
    driver->safe_below(below);
    if (!tell_accepted_at_) tell_accepted_at_ = now_ + accepted_delay_max;
  }
  for (const auto& [id, session, sequence] : safe.forgotten) {
    DriverSession* driver = drivers_.find(id);
    if (driver == nullptr || driver->session() != session) continue;
    driver->forgotten(sequence);
    if (!tell_accepted_at_) tell_accepted_at_ = now_ + accepted_delay_max;
  }
  for (const auto& [id, assignment] : safe.starts) {
    if (ClientSession* client = clients_.find(id)) give(*client, assignment);
  }
  for (const auto& [id, outcome, packet] : safe.outcomes) {
    if (DriverSession* driver = drivers_.find(id)) tell(*driver, outcome, packet);
  }
  for (const auto& [id, session] : safe.attached) {
    DriverSession* driver = drivers_.find(id);
    if (driver != nullptr && driver->session() == session && driver->waits_for_greeting()) driver->greet();
  }
  end_turn_soon();
}

void Broker::carry_out(const core::DropClient& action) {
  ClientSession* client = clients_.find(action.client);
  if (client == nullptr) return;
  const std::shared_ptr<net::Channel> channel = channels_.at(client->channel());
  lost_host_ = channel->peer().host;
  images_.forget(*channel);
  clients_.remove(*client);
  const bool silent = action.reason == core::DropReason::silence;
  const std::string sentence =
      silent ? "it said nothing for 10 s"
             : "one of its slots had more timeouts than the server's revive limit (--revive-limit) of " +
                   std::to_string(options_.revive_limit) + " allows";
  log().warning("dropped " + name_of(*channel) + ": " + sentence);
  channel->close(silent ? proto::GoodbyeReason::silence : proto::GoodbyeReason::revive_limit,
                 "the server dropped this client: " + sentence);
}

void Broker::carry_out(const core::DropDriver& action) {
  DriverSession* driver = drivers_.find(action.driver);
  if (driver == nullptr) return;
  if (driver->has_job() && driver->tasks().size() > 0) {
    log().warning("dropped the job '" + driver->job() + "' with " + base::counted(driver->tasks().size(), "task") +
                  ": no driver attached to it within " + in_seconds(options_.job_retention) + " (--job-retention)");
  } else {
    log().warning("a driver did not come back within " + in_seconds(options_.driver_patience) +
                  ": its tasks were cancelled");
  }
  forget(*driver);
}

void Broker::check_invariants() const {
  scheduler_.check_invariants();
  drivers_.for_each([this](DriverSession& driver) {
    if (!driver.has_job() && driver.tasks().size() != scheduler_.unsettled(driver.id()))
      throw std::logic_error("the broker keeps other tasks of a driver than the scheduler");
  });
}

// When nobody is there to work.

bool Broker::misses_clients() const {
  if (clients_.size() != 0 || scheduler_.unsettled() == 0) return false;
  bool misses = false;
  drivers_.for_each([&](const DriverSession& driver) {
    misses |= driver.channel() != nullptr && driver.told_after_clients != next_client_ &&
              scheduler_.unsettled(driver.id()) != 0;
  });
  return misses;
}

void Broker::tell_of_missing_clients() {
  log().warning(no_client_for(scheduler_.unsettled()));
  drivers_.for_each([&](DriverSession& driver) {
    const std::uint64_t tasks = scheduler_.unsettled(driver.id());
    if (tasks == 0 || driver.channel() == nullptr || driver.told_after_clients == next_client_) return;
    driver.told_after_clients = next_client_;
    driver.channel()->send(proto::Notice{no_client_for(tasks)});
  });
}

/// A long queue leaves its memory with the heap in small pieces, which the heap does not give back by itself.
void Broker::note_queue_length() {
  longest_queue_ = std::max(longest_queue_, scheduler_.unsettled());
  queue_drained_.update(scheduler_.unsettled() == 0 && longest_queue_ >= long_queue);
}

// The end of a turn.

void Broker::end_turn_soon() {
  if (std::exchange(turn_ends_soon_, true)) return;
  loop_.post([this] { end_turn(); });
}

void Broker::end_turn() {
  turn_ends_soon_ = false;
  now_ = loop_.now();
  if (claims_end_ && !waits_for_claims()) end_claims();
  const auto deadline = scheduler_.next_deadline();
  if (reading_held_) excuse_silence();
  if (deadline && *deadline <= now_) happened(core::DeadlineReached{});
  if (!waits_for_claims()) scheduler_.assign(now_, actions_);
  carry_out_all();
  if (tell_accepted_at_ && *tell_accepted_at_ <= now_) {
    tell_accepted_at_.reset();
    drivers_.for_each([](DriverSession& driver) { driver.tell_accepted(); });
  }
  if (std::exchange(image_news_, false)) note_images();
  clients_.flush();
  drivers_.flush();
  hold_drivers();
  hold_reading();
  arm_timer();
  clients_missing_.update(misses_clients());
  note_queue_length();
}

/// A timer that fires too early is set again then: moving it at every sign of life would cost more.
void Broker::arm_timer() {
  auto deadline = scheduler_.next_deadline();
  if (tell_accepted_at_) deadline = std::min(deadline.value_or(*tell_accepted_at_), *tell_accepted_at_);
  if (claims_end_) deadline = std::min(deadline.value_or(*claims_end_), *claims_end_);
  if (!deadline || (timer_at_ && *timer_at_ <= *deadline)) return;
  timer_at_ = deadline;
  timer_->set(*deadline);
}

}  // namespace blitzen::server
