#include "model_client.hpp"

#include <algorithm>
#include <utility>

#include "proto/codec.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t past_max = 64;

core::Duration to_duration(std::uint64_t nanoseconds) { return core::Duration{static_cast<std::int64_t>(nanoseconds)}; }

bool same(const proto::AttemptId& left, const proto::AttemptId& right) {
  return left.driver == right.driver && left.attempt == right.attempt && left.number == right.number;
}

}  // namespace

ModelClient::ModelClient(Stage& stage, std::uint64_t index, Random random, bool is_able)
    : stage_(stage),
      index_(index),
      random_(random),
      able_(is_able),
      negligent_(!is_able && stage.plan.negligence && random_.chance(50)),
      cable_{50us, stage.plan.slow_links && random_.chance(50) ? random_.between(100ms, 1500ms)
                                                               : random_.between(100us, 5ms)},
      slots_(static_cast<std::uint32_t>(random_.between(1, 4))),
      claims_(random_.chance(70)) {
  if (is_able || !stage.plan.refusals) return;
  for (std::uint32_t function = 0; function < stage.plan.functions; ++function) {
    if (random_.chance(40)) refused_.insert(function);
  }
}

// Coming and going

void ModelClient::connect() {
  if (connecting_ || channel_ || draining_) return;
  connecting_ = true;
  proto::Hello hello;
  hello.role = proto::Role::client;
  hello.host = "client-" + std::to_string(index_);
  hello.packet_bytes_max = proto::packet_bytes_max;
  hello.slots = slots_;
  hello.claims = owes_claim_ = claims_ && epoch_ != 0;
  stage_.network.connect(cable_, hello, [self = shared_from_this()](std::shared_ptr<End> channel) {
    self->connected(std::move(channel));
  });
}

void ModelClient::connected(std::shared_ptr<End> channel) {
  connecting_ = false;
  if (!channel) {
    return stage_.agenda.after(random_.between(10ms, 500ms), [self = shared_from_this()] { self->connect(); });
  }
  if (draining_) return channel->abort();
  channel_ = std::move(channel);
  const std::uint64_t epoch = channel_->peer().epoch;
  if (epoch != epoch_) past_.clear();
  if (epoch / proto::epochs_per_journal != std::exchange(epoch_, epoch) / proto::epochs_per_journal) give_up();
  ++connection_;
  functions_.clear();
  channel_->listen(weak_from_this());
  channel_->hold_reading(false);
  if (std::exchange(owes_claim_, false)) claim();
  send_status_regularly();
}

void ModelClient::claim() {
  proto::ClaimAttempts claimed;
  for (const Left& left : left_) claimed.attempts.push_back(left.running.attempt.id);
  for (const auto& [execution, running] : running_) claimed.attempts.push_back(running.attempt.id);
  channel_->send(claimed);
  stage_.history.count("attempts claimed", claimed.attempts.size());
  for (const Left& left : std::exchange(left_, {})) {
    past_.push_back(left.running.attempt);
    if (left.finish) {
      report(left.execution, left.running, *left.finish);
    } else {
      report_death(left.execution, left.running.attempt.id);
    }
  }
}

void ModelClient::give_up() {
  running_.clear();
  left_.clear();
}

void ModelClient::channel_closed(net::Channel& channel, const net::CloseReason& reason) {
  if (channel_.get() != &channel) return;
  if (reason.goodbye && !draining_)
    require(*reason.goodbye != proto::GoodbyeReason::protocol_error, "a client was sent away: " + reason.sentence);
  lost();
}

void ModelClient::lost() {
  stage_.history.count("clients' lost connections");
  channel_.reset();
  if (!claims_) {
    for (const auto& [execution, running] : running_) past_.push_back(running.attempt);
    give_up();
  }
  past_.insert(past_.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
  finished_.clear();
  flush_due_ = false;
  connect();
}

void ModelClient::lose_connection(bool silently) {
  if (!channel_) return;
  if (silently) {
    channel_->die(false);
  } else {
    channel_->abort();
  }
  lost();
}

void ModelClient::drain() {
  if (std::exchange(draining_, true) || !channel_) return;
  stage_.history.count("clients that left");
  send_status();
  recall(std::numeric_limits<std::uint32_t>::max());
  leave_if_done();
}

void ModelClient::leave_if_done() {
  if (!draining_ || !channel_ || !waiting_.empty() || !running_.empty()) return;
  flush();
  channel_->close(proto::GoodbyeReason::stopping, "the client is done");
}

void ModelClient::calm_down() {
  calm_ = true;
  negligent_ = false;
}

std::string ModelClient::complaint() const {
  const std::string name = "client " + std::to_string(index_);
  if (!channel_) return name + " is not connected";
  const auto& held = running_.empty() ? waiting_.front() : running_.begin()->second.attempt;
  return name + " has " + to_text(held.arguments.task) + ", of which the server knows nothing";
}

// What the server says

void ModelClient::packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) {
  switch (number) {
    case proto::PacketNumber::define_functions:
      return define(body);
    case proto::PacketNumber::assign_tasks:
      return assign(body);
    case proto::PacketNumber::recall_tasks: {
      proto::RecallTasks packet;
      proto::decode(body.bytes(), packet);
      stage_.history.count("recalls");
      return recall(packet.count);
    }
    case proto::PacketNumber::cancel_attempts:
      return cancel(body);
    default:
      throw Violation("a client was sent packet number " + std::to_string(static_cast<int>(number)));
  }
}

void ModelClient::define(const base::SharedBytes& body) {
  proto::DefineFunctions packet;
  proto::decode(body.bytes(), packet);
  for (const proto::Function& function : packet.functions)
    functions_[function.index] = static_cast<std::uint32_t>(std::stoul(function.name.substr(function.name.find(' '))));
}

void ModelClient::assign(const base::SharedBytes& body) {
  proto::ReturnTasks returned;
  proto::for_each_item<proto::AssignTasks>(body.bytes(), [&](const proto::AssignedTask& task, proto::BytesView) {
    const auto function = functions_.find(task.function);
    require(function != functions_.end(), "a client was given a task of a function that it does not know");
    const auto arguments = from_bytes<Arguments>(task.arguments);
    require(arguments.has_value(), "a client was given arguments that nobody made");
    const Attempt attempt{task.id, function->second, *arguments, task.timeout_ns};
    if (draining_) return hand_back(attempt, returned);
    if (!refused_.contains(attempt.function) || calm_) return waiting_.push_back(attempt);
    stage_.history.refused(attempt.function);
    stage_.history.count("refusals");
    channel_->send(proto::RefuseTask{task.id, "the function is missing"});
  });
  if (!returned.attempts.empty()) channel_->send(returned);
}

void ModelClient::recall(std::uint32_t count) {
  proto::ReturnTasks packet;
  for (; count > 0 && !waiting_.empty(); --count) {
    hand_back(waiting_.back(), packet);
    waiting_.pop_back();
  }
  if (!packet.attempts.empty()) channel_->send(packet);
}

void ModelClient::hand_back(const Attempt& attempt, proto::ReturnTasks& packet) {
  packet.attempts.push_back(attempt.id);
  past_.push_back(attempt);
  stage_.history.count("tasks handed back");
}

void ModelClient::cancel(const base::SharedBytes& body) {
  proto::for_each_item<proto::CancelAttempts>(body.bytes(), [&](const proto::AttemptId& id, proto::BytesView) {
    stage_.history.count("attempts cancelled");
    std::erase_if(waiting_, [&](const Attempt& attempt) { return same(attempt.id, id); });
    const auto found =
        std::ranges::find_if(running_, [&](const auto& entry) { return same(entry.second.attempt.id, id); });
    if (found == running_.end()) return;
    past_.push_back(found->second.attempt);
    running_.erase(found);
  });
  leave_if_done();
}

// Executing

void ModelClient::start_some() {
  while (!waiting_.empty() && running_.size() < slots_) {
    const Attempt next = waiting_.front();
    waiting_.pop_front();
    start(next, *free_slot());
  }
}

std::optional<std::uint32_t> ModelClient::free_slot() const {
  for (std::uint32_t slot = 0; slot < slots_; ++slot) {
    if (std::ranges::none_of(running_, [&](const auto& entry) { return entry.second.slot == slot; })) return slot;
  }
  return std::nullopt;
}

void ModelClient::start(const Attempt& attempt, std::uint32_t slot) {
  const std::uint64_t execution = stage_.history.started(attempt.arguments, attempt.function);
  running_.emplace(execution, Running{attempt, stage_.agenda.now(), slot});
  const auto later = [&](core::Duration delay, void (ModelClient::*what)(std::uint64_t)) {
    stage_.agenda.after(delay, [self = shared_from_this(), execution, what] {
      if (self->running_.contains(execution)) ((*self).*what)(execution);
    });
  };
  const Nature nature = attempt.arguments.nature;
  if (nature != Nature::hang && nature != Nature::endless)
    later(to_duration(attempt.arguments.runs_ns), &ModelClient::ended);
  if (attempt.timeout_ns != 0) later(to_duration(attempt.timeout_ns), &ModelClient::timed_out);
}

ModelClient::Running ModelClient::take(std::uint64_t execution) {
  const Running running = running_.extract(execution).mapped();
  if (channel_) past_.push_back(running.attempt);
  if (past_.size() > past_max) past_.erase(past_.begin());
  return running;
}

void ModelClient::ended(std::uint64_t execution) {
  const Running running = take(execution);
  const Nature nature = running.attempt.arguments.nature;
  if (nature == Nature::crash || (nature == Nature::shaky && random_.chance(50))) {
    stage_.history.killed(execution);
    if (!channel_) return left_.push_back({execution, running, {}});
    report_death(execution, running.attempt.id);
  } else {
    report(execution, running, nature == Nature::error ? proto::Finish::error : proto::Finish::value);
  }
  start_some();
  leave_if_done();
}

void ModelClient::timed_out(std::uint64_t execution) {
  if (negligent_) return;
  report(execution, take(execution), proto::Finish::timed_out);
  start_some();
  leave_if_done();
}

// Reporting

void ModelClient::report(std::uint64_t execution, const Running& running, proto::Finish finish, bool is_stale) {
  if (!is_stale) stage_.history.finished(execution, finish);
  if (!channel_) return left_.push_back({execution, running, finish});
  const Attempt& attempt = running.attempt;
  const Result result{.task = attempt.arguments.task,
                      .salt = attempt.arguments.salt,
                      .execution = execution,
                      .stale = is_stale ? std::uint64_t{1} : std::uint64_t{0}};
  const auto ran = static_cast<std::uint64_t>((stage_.agenda.now() - running.since).count());
  finished_.add({attempt.id, finish, ran, running.slot, to_bytes(result, attempt.arguments.result_bytes)});
  flush_later();
}

void ModelClient::report_death(std::uint64_t execution, const proto::AttemptId& attempt) {
  proto::Obituary obituary;
  obituary.host = "client-" + std::to_string(index_);
  obituary.process = static_cast<std::uint32_t>(execution);
  obituary.signal = 11;
  channel_->send(proto::WorkerDeath{attempt, obituary});
}

void ModelClient::flush_later() {
  if (std::exchange(flush_due_, true)) return;
  stage_.agenda.after(random_.between(0ms, 1ms), [self = shared_from_this(), connection = connection_] {
    if (self->channel_ && self->connection_ == connection) self->flush();
  });
}

void ModelClient::flush() {
  flush_due_ = false;
  if (finished_.empty()) return;
  channel_->send_body(proto::FinishTasks::number, finished_.finish());
  finished_.clear();
}

void ModelClient::send_status() {
  proto::ClientStatus status;
  status.draining = draining_;
  for (const auto& [execution, running] : running_) {
    status.executing.push_back(
        {running.attempt.id, static_cast<std::uint64_t>((stage_.agenda.now() - running.since).count())});
  }
  if (!status.executing.empty() || draining_) channel_->send(status);
}

/// For as long as the connection lasts.
void ModelClient::send_status_regularly() {
  send_status();
  stage_.agenda.after(proto::heartbeat_interval, [self = shared_from_this(), connection = connection_] {
    if (self->channel_ && self->connection_ == connection) self->send_status_regularly();
  });
}

/// The server must not believe anything of this.
void ModelClient::lie() {
  if (!channel_ || past_.empty() || calm_ || able_) return;
  flush();  // so that what it says is over
  const Attempt& attempt = past_[random_.below(past_.size())];
  stage_.history.count("lies");
  switch (random_.below(5)) {
    case 0:
      return channel_->send(proto::ReturnTasks{{attempt.id}});
    case 1:
      return report_death(std::numeric_limits<std::uint32_t>::max(), attempt.id);
    case 2:
      return channel_->send(proto::ClientStatus{.executing = {{attempt.id, 3'600'000'000'000}}});
    case 3:
      return channel_->send(proto::RefuseTask{attempt.id, "a lie"});
    default:
      return report(0, {attempt, stage_.agenda.now(), 0}, static_cast<proto::Finish>(random_.between(1, 3)), true);
  }
}

}  // namespace blitzen::sim
