#include "model_driver.hpp"

#include <algorithm>
#include <utility>

#include "driving.hpp"
#include "proto/codec.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

ModelDriver::ModelDriver(Stage& stage, std::uint64_t index, Random random)
    : stage_(stage), index_(index), random_(random), cable_{50us, delay_max(stage.plan, random_)} {
  session_ = {random_.next() | 1U, random_.next()};
}

// Coming and going

void ModelDriver::connect() {
  if (connecting_ || channel_ || leaving_) return;
  const core::TimePoint now = stage_.agenda.now();
  connecting_ = true;
  stage_.agenda.at(std::max(now, not_before_), [self = shared_from_this()] {
    if (self->leaving_) return;
    proto::Hello hello;
    hello.role = proto::Role::driver;
    hello.host = "driver-" + std::to_string(self->index_);
    hello.packet_bytes_max = proto::packet_bytes_max;
    hello.session = self->session_;
    hello.first_task = self->first_unsettled();
    self->stage_.network.connect(self->cable_, hello,
                                 [self](std::shared_ptr<End> channel) { self->connected(std::move(channel)); });
  });
}

void ModelDriver::connected(std::shared_ptr<End> channel) {
  connecting_ = false;
  if (!channel) {
    not_before_ = std::max(not_before_, stage_.agenda.now() + random_.between(10ms, 500ms));
    return connect();
  }
  if (leaving_) return channel->abort();
  channel_ = std::move(channel);
  if (lost_channel_) {
    const auto lost_at = lost_channel_->closed_at_server();
    may_be_forgotten_ |= lost_at && stage_.agenda.now() - *lost_at >= stage_.plan.driver_patience;
  }
  ++connection_;
  channel_->listen(weak_from_this());
  channel_->hold_reading(false);
}

void ModelDriver::channel_closed(net::Channel& channel, const net::CloseReason& reason) {
  if (channel_.get() != &channel) return;
  if (!leaving_ && reason.goodbye)
    require(*reason.goodbye == proto::GoodbyeReason::pausing, "a driver was sent away: " + reason.sentence);
  lost();
}

void ModelDriver::lost() {
  stage_.history.count("drivers' lost connections");
  lost_channel_ = std::move(channel_);
  channel_.reset();
  welcomed_ = held_ = false;
  send_due_ = acknowledgement_due_ = false;
  connect();
}

void ModelDriver::lose_connection(bool silently) {
  if (!channel_) return;
  if (silently) {
    channel_->die(false);
  } else {
    channel_->abort();
  }
  lost();
}

void ModelDriver::go_away(core::Duration pause) {
  not_before_ = stage_.agenda.now() + pause;
  lose_connection(random_.chance(50));
}

void ModelDriver::leave() {
  leaving_ = true;
  if (channel_) channel_->close(proto::GoodbyeReason::stopping, "the driver is done");
}

void ModelDriver::calm_down() {
  calm_ = true;
  not_before_ = std::min(not_before_, stage_.agenda.now());
}

// Tasks

void ModelDriver::submit(std::uint64_t count) {
  if (leaving_) return;
  for (; count > 0; --count) {
    const TaskSpec spec = make_task(stage_.plan, random_, {index_, entries_.size()}, calm_);
    const std::uint64_t number = entries_.size();
    stage_.history.submitted(spec);
    entries_.push_back({spec});
    if (spec.arguments.nature != Nature::endless) continue;
    stage_.agenda.after(random_.between(100ms, 20s), [self = shared_from_this(), number] { self->cancel(number); });
  }
  send_soon();
}

void ModelDriver::cancel_some() {
  if (entries_.empty() || leaving_) return;
  for (std::uint64_t count = random_.between(1, 4); count > 0; --count) cancel(random_.below(entries_.size()));
}

/// What was not sent yet is named when its turn comes.
void ModelDriver::cancel(std::uint64_t number) {
  if (leaving_ || entries_[number].settled) return;
  stage_.history.cancelled({index_, number});
  settle(number);
  if (number < next_to_send_) cancels_.insert(number);
  send_soon();
}

void ModelDriver::settle(std::uint64_t number) { entries_[number].settled = true; }

std::uint64_t ModelDriver::first_unsettled() const {
  const auto found = std::ranges::find(entries_, false, &Entry::settled);
  return static_cast<std::uint64_t>(found - entries_.begin());
}

std::uint64_t ModelDriver::at_server() const {
  return static_cast<std::uint64_t>(std::count_if(entries_.begin(),
                                                  entries_.begin() + static_cast<std::ptrdiff_t>(next_to_send_),
                                                  [](const Entry& entry) { return !entry.settled; }));
}

bool ModelDriver::is_satisfied() const {
  if (leaving_) return true;
  return welcomed_ && !owes_acknowledgement_ && next_to_send_ == entries_.size() &&
         first_unsettled() == entries_.size();
}

std::string ModelDriver::complaint() const {
  const std::string name = "driver " + std::to_string(index_);
  if (!welcomed_) return name + " is not connected";
  if (next_to_send_ < entries_.size()) return name + " could not send all of its tasks";
  return name + " waits for its task " + std::to_string(first_unsettled());
}

// What the server says

void ModelDriver::packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) {
  switch (number) {
    case proto::PacketNumber::accept_tasks: {
      proto::AcceptTasks packet;
      proto::decode(body.bytes(), packet);
      return accepted(packet);
    }
    case proto::PacketNumber::report_outcomes:
      return take_outcomes(body);
    case proto::PacketNumber::hold_tasks: {
      proto::HoldTasks packet;
      proto::decode(body.bytes(), packet);
      return hold(packet.held);
    }
    case proto::PacketNumber::notice:
      return stage_.history.count("notices");
    default:
      throw Violation("a driver was sent packet number " + std::to_string(static_cast<int>(number)));
  }
}

void ModelDriver::accepted(const proto::AcceptTasks& packet) {
  require(packet.below <= entries_.size(), "a task was accepted that was never made");
  if (!welcomed_) welcomed(packet);
  accepted_below_ = std::max(accepted_below_, packet.below);
  told_below_ = packet.below;
}

void ModelDriver::hold(bool held) {
  stage_.history.count("holds");
  held_ = held;
  if (!held) send_soon();
}

bool ModelDriver::is_remembered(const proto::AcceptTasks& packet) const {
  const std::uint64_t epoch = channel_->peer().epoch;
  if (packet.memory == 0) return epoch / proto::epochs_per_journal == epoch_ / proto::epochs_per_journal;
  return epoch == epoch_ && packet.memory == memory_;
}

/// Only who was away for long is forgotten, or has a server that has no journal, or has nothing at its server.
void ModelDriver::check_forgetting(std::uint64_t epoch) const {
  const bool may_be = may_be_forgotten_ || (epoch != epoch_ && !stage_.plan.journal);
  require(may_be || first_unsettled() >= accepted_below_,
          "a server forgot what it had accepted from driver " + std::to_string(index_));
}

/// The server would start them again.
void ModelDriver::give_up_what_may_have_started(std::uint64_t below) {
  for (std::uint64_t number = below; number < next_to_send_; ++number) {
    if (entries_[number].spec.worker_deaths_max != 1 || entries_[number].settled) continue;
    settle(number);
    stage_.history.cancelled({index_, number});
    stage_.history.count("tasks given up because they may have started");
  }
}

void ModelDriver::welcomed(const proto::AcceptTasks& packet) {
  const std::uint64_t epoch = channel_->peer().epoch;
  if (!is_remembered(packet)) {
    if (lost_channel_) stage_.history.count("drivers that were forgotten");
    check_forgetting(epoch);
    accepted_below_ = 0;
    give_up_what_may_have_started(packet.below);
  } else if (epoch == epoch_) {
    require(packet.below >= told_below_, "a server forgot what it had accepted from driver " + std::to_string(index_));
  }
  may_be_forgotten_ = false;
  epoch_ = epoch;
  memory_ = packet.memory;
  welcomed_ = true;
  functions_sent_ = 0;
  came_ = {};
  owes_acknowledgement_ = false;
  told_cancels_.clear();
  next_to_send_ = std::min(next_to_send_, std::max(packet.below, first_unsettled()));
  send_pending();
}

void ModelDriver::take_outcomes(const base::SharedBytes& body) {
  require(welcomed_, "a driver was told outcomes before what was accepted");
  bool is_large = false;
  proto::for_each_item<proto::ReportOutcomes>(
      body.bytes(), [&](const proto::ReportedOutcome& outcome, proto::BytesView) {
        require(outcome.number < entries_.size(), "a driver was told of a task that it never made");
        stage_.history.told({index_, outcome.number}, outcome, body);
        settle(outcome.number);
        cancels_.erase(outcome.number);
        if (outcome.content.size() < proto::large_outcome_bytes_min) return;
        is_large = true;
        came_.large.push_back(outcome.number);
      });
  if (!is_large) ++came_.packets;
  owes_acknowledgement_ = true;
  acknowledge_later();
  send_soon();
}

// What it says

void ModelDriver::on_this_connection(core::Duration delay, void (ModelDriver::*what)()) {
  stage_.agenda.after(delay, [self = shared_from_this(), what, connection = connection_] {
    if (self->connection_ == connection && self->welcomed_) ((*self).*what)();
  });
}

void ModelDriver::send_soon() {
  if (!welcomed_ || std::exchange(send_due_, true)) return;
  on_this_connection(random_.between(0ms, 3ms), &ModelDriver::send_pending);
}

void ModelDriver::send_pending() {
  send_due_ = false;
  send_functions();
  proto::CancelTasks cancel;
  for (const std::uint64_t number : cancels_) {
    if (told_cancels_.insert(number).second) cancel.numbers.push_back(number);
  }
  if (!cancel.numbers.empty()) channel_->send(cancel);
  send_tasks();
}

void ModelDriver::send_functions() {
  proto::DefineFunctions define;
  for (; functions_sent_ < stage_.plan.functions; ++functions_sent_)
    define.functions.push_back(function_numbered(functions_sent_));
  if (!define.functions.empty()) channel_->send(define);
}

/// What the server accepted and did not tell the end of is not sent again, as a driver might do that keeps it no more.
void ModelDriver::send_tasks() {
  if (held_) return;
  const std::uint64_t limit =
      stage_.plan.greed || stage_.plan.task_limit == 0 ? entries_.size() : stage_.plan.task_limit;
  std::uint64_t there = at_server();
  proto::BatchWriter<proto::SubmitTasks> batch;
  const auto send_batch = [&] {
    if (batch.empty()) return;
    channel_->send_body(proto::SubmitTasks::number, batch.finish());
    batch.clear();
  };
  proto::CancelTasks skipped;
  for (; next_to_send_ < entries_.size() && there < limit; ++next_to_send_) {
    const auto& [spec, settled] = entries_[next_to_send_];
    if (settled) {
      skipped.numbers.push_back(next_to_send_);
      continue;
    }
    ++there;
    if (next_to_send_ < accepted_below_) continue;
    const auto arguments = to_bytes(spec.arguments, spec.arguments_bytes);
    batch.add({next_to_send_, spec.function, spec.timeout_ns, spec.worker_deaths_max, arguments});
    if (batch.full() || random_.chance(10)) send_batch();
  }
  if (!skipped.numbers.empty()) channel_->send(skipped);
  send_batch();
}

void ModelDriver::acknowledge_later() {
  if (std::exchange(acknowledgement_due_, true)) return;
  on_this_connection(random_.chance(70) || calm_ ? random_.between(0ms, 20ms) : random_.between(20ms, 5s),
                     &ModelDriver::acknowledge);
}

void ModelDriver::acknowledge() {
  acknowledgement_due_ = owes_acknowledgement_ = false;
  channel_->send(came_);
  came_.large.clear();
}

}  // namespace blitzen::sim
