#include "model_job.hpp"

#include <algorithm>
#include <utility>

#include "driving.hpp"
#include "proto/codec.hpp"

namespace blitzen::sim {

using namespace std::chrono_literals;

namespace {

/// Apart from those of drivers without a job.
constexpr std::uint64_t first_key = 1000;

/// After a restart with a journal a job's numbers go on a million higher. That gap is named in pieces, so that the
/// server never misses too many.
constexpr std::size_t skipped_at_once_max = 8192;

}  // namespace

ModelJob::ModelJob(Stage& stage, std::uint64_t index, Random random)
    : stage_(stage),
      random_(random),
      cable_{50us, delay_max(stage.plan, random_)},
      name_("job " + std::to_string(index)),
      key_(first_key + index) {
  begin_driver(false);
}

// Coming and going

void ModelJob::begin_driver(bool attaches) {
  session_ = {random_.next() | 1U, random_.next()};
  attaches_ = attaches;
  epoch_ = memory_ = 0;
  accepted_below_ = 0;
  sequence_ = 0;
  forgotten_.clear();
  unconfirmed_.clear();
}

/// The last one is over, but for a server that was killed before that was on its disk. So the next one's numbers are
/// others.
void ModelJob::begin_job() {
  for (auto& [number, entry] : entries_) {
    entry.accepted = false;
    if (!std::exchange(entry.forgotten, true)) stage_.history.cancelled(entry.spec.arguments.task);
  }
  next_to_send_ = next_number_;
  greeted_epoch_ = 0;
  begin_driver(false);
}

void ModelJob::connect() {
  if (connecting_ || channel_) return;
  connecting_ = true;
  stage_.agenda.at(std::max(stage_.agenda.now(), not_before_), [self = shared_from_this()] {
    proto::Hello hello;
    hello.role = proto::Role::driver;
    hello.host = "host of " + self->name_;
    hello.packet_bytes_max = proto::packet_bytes_max;
    hello.session = self->session_;
    hello.job = self->name_;
    hello.attach = self->attaches_;
    if (!self->attaches_) hello.first_task = self->first_unsettled();
    self->stage_.network.connect(self->cable_, hello,
                                 [self](std::shared_ptr<End> channel) { self->connected(std::move(channel)); });
  });
}

void ModelJob::connected(std::shared_ptr<End> channel) {
  connecting_ = false;
  if (!channel) {
    not_before_ = std::max(not_before_, stage_.agenda.now() + random_.between(10ms, 500ms));
    return connect();
  }
  channel_ = std::move(channel);
  if (lost_channel_) {
    const auto lost_at = lost_channel_->closed_at_server();
    may_be_dropped_ |= lost_at && stage_.agenda.now() - *lost_at >= stage_.plan.job_retention;
  }
  ++connection_;
  told_.clear();
  told_next_ = 0;
  channel_->listen(weak_from_this());
  channel_->hold_reading(false);
}

/// A job whose tasks are all forgotten may go with its driver.
bool ModelJob::may_be_gone() const {
  const bool restarted = greeted_epoch_ != 0 && !stage_.plan.journal;
  return may_be_dropped_ || restarted || std::ranges::none_of(entries_, [](const auto& entry) {
           return entry.second.accepted && !entry.second.forgotten;
         });
}

void ModelJob::channel_closed(net::Channel& channel, const net::CloseReason& reason) {
  if (channel_.get() != &channel) {
    // The last driver of the job, which left it, is told that it must, or came too soon or too late.
    require(reason.goodbye != proto::GoodbyeReason::protocol_error, "a job's driver was sent away: " + reason.sentence);
    return;
  }
  if (reason.goodbye == proto::GoodbyeReason::job_unknown) {
    require(may_be_gone(), "a server has lost " + name_);
    stage_.history.count("jobs that were over");
    begin_job();
  } else if (reason.goodbye == proto::GoodbyeReason::job_exists) {
    begin_driver(true);
  } else if (reason.goodbye) {
    require(*reason.goodbye == proto::GoodbyeReason::pausing, "a job's driver was sent away: " + reason.sentence);
  }
  lost();
}

void ModelJob::lost() {
  lost_channel_ = std::move(channel_);
  channel_.reset();
  welcomed_ = held_ = false;
  send_due_ = acknowledgement_due_ = false;
  connect();
}

void ModelJob::lose_connection(bool silently) {
  if (!channel_) return;
  if (silently) {
    channel_->die(false);
  } else {
    channel_->abort();
  }
  lost();
}

void ModelJob::change_driver(core::Duration pause) {
  if (!channel_) return;
  stage_.history.count("drivers that left their job");
  const bool in_order = random_.chance(50);
  if (in_order) channel_->close(proto::GoodbyeReason::stopping, "the driver is done");
  begin_driver(true);
  not_before_ = stage_.agenda.now() + pause;
  if (in_order) return lost();
  lose_connection(random_.chance(50));
}

void ModelJob::take_over() {
  if (!channel_) return;
  stage_.history.count("jobs that were taken over");
  begin_driver(true);
  lost();
}

void ModelJob::calm_down() {
  calm_ = true;
  not_before_ = std::min(not_before_, stage_.agenda.now());
  for (auto& [number, entry] : entries_) {
    if (entry.settled || entry.spec.arguments.nature == Nature::endless) forget(number);
  }
  send_soon();
}

// Tasks

void ModelJob::submit(std::uint64_t count) {
  if (attaches_) return;
  for (; count > 0; --count) {
    const TaskSpec spec = make_task(stage_.plan, random_, {key_, submitted_++}, calm_);
    stage_.history.submitted(spec);
    entries_.emplace(next_number_++, Entry{.spec = spec});
  }
  send_soon();
}

void ModelJob::forget_some() {
  if (attaches_) return;
  for (auto& [number, entry] : entries_) {
    if (random_.chance(entry.settled ? 40 : 5)) forget(number);
  }
  send_soon();
}

/// What was not sent yet is named when its turn comes.
void ModelJob::forget(std::uint64_t number) {
  Entry& entry = entries_.at(number);
  if (std::exchange(entry.forgotten, true)) return;
  stage_.history.cancelled(entry.spec.arguments.task);
  stage_.history.count("tasks of jobs that were forgotten");
  if (number < next_to_send_) forgotten_.push_back(number);
}

std::uint64_t ModelJob::first_unsettled() const {
  const auto found = std::ranges::find_if(
      entries_, [](const auto& entry) { return !entry.second.settled && !entry.second.forgotten; });
  return found == entries_.end() ? next_number_ : found->first;
}

bool ModelJob::is_satisfied() const {
  return welcomed_ && !acknowledgement_due_ && next_to_send_ == next_number_ && forgotten_.empty() &&
         unconfirmed_.empty() &&
         std::ranges::all_of(entries_, [](const auto& entry) { return entry.second.forgotten; });
}

std::string ModelJob::complaint() const {
  if (!welcomed_) return name_ + " has no driver";
  if (!forgotten_.empty() || !unconfirmed_.empty()) return name_ + " is not known to be forgotten";
  const auto waits = std::ranges::find_if(entries_, [](const auto& entry) { return !entry.second.forgotten; });
  return name_ + " waits for its task " + std::to_string(waits == entries_.end() ? next_to_send_ : waits->first);
}

// What the server says

void ModelJob::packet_arrived(net::Channel& channel, proto::PacketNumber number, base::SharedBytes body) {
  if (channel_.get() != &channel) return;
  switch (number) {
    case proto::PacketNumber::job_state: {
      proto::JobState packet;
      proto::decode(body.bytes(), packet);
      return told(packet);
    }
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
      held_ = packet.held;
      stage_.history.count("holds");
      return send_soon();
    }
    case proto::PacketNumber::notice:
      return stage_.history.count("notices");
    default:
      throw Violation("a job's driver was sent packet number " + std::to_string(static_cast<int>(number)));
  }
}

void ModelJob::told(const proto::JobState& state) {
  require(!welcomed_, "a job's state was told after the greeting");
  told_next_ = state.next_task;
  for (const proto::TaskRange& range : state.tasks) {
    for (std::uint64_t number = range.first; number <= range.last; ++number) told_.insert(number);
  }
}

void ModelJob::accepted(const proto::AcceptTasks& packet) {
  if (!welcomed_) welcomed(packet);
  accepted_below_ = std::max(accepted_below_, packet.below);
  for (auto entry = entries_.begin(); entry != entries_.end() && entry->first < packet.below; ++entry)
    entry->second.accepted = true;
  for (; !unconfirmed_.empty() && unconfirmed_.front().sequence <= packet.forgotten;
       unconfirmed_.erase(unconfirmed_.begin())) {
    for (const std::uint64_t number : unconfirmed_.front().numbers) {
      if (const auto entry = entries_.find(number); entry != entries_.end()) entry->second.confirmed = true;
    }
  }
}

bool ModelJob::is_remembered(const proto::AcceptTasks& packet) const {
  const std::uint64_t epoch = channel_->peer().epoch;
  if (packet.memory == 0) return epoch / proto::epochs_per_journal == epoch_ / proto::epochs_per_journal;
  return epoch == epoch_ && packet.memory == memory_;
}

void ModelJob::compare(bool remembered) const {
  for (const std::uint64_t number : told_) {
    require(entries_.contains(number), name_ + " has a task that nobody submitted");
    require(number < told_next_, name_ + " would use a number twice");
    require(!entries_.at(number).confirmed,
            name_ + " still has its task " + std::to_string(number) + ", which was forgotten for good");
  }
  if (!remembered) return;
  for (const auto& [number, entry] : entries_) {
    const bool is_safe = entry.accepted && !entry.forgotten;
    require(!is_safe || told_.contains(number),
            name_ + " has lost its task " + std::to_string(number) + ", which was accepted");
  }
}

void ModelJob::welcomed(const proto::AcceptTasks& packet) {
  if (attaches_) {
    stage_.history.count("drivers that attached to a job");
    compare(!may_be_dropped_ && (stage_.plan.journal || channel_->peer().epoch == greeted_epoch_));
    adopt();
  } else {
    const bool remembered = is_remembered(packet);
    require(remembered || epoch_ == 0 || may_be_gone(), "a server forgot what it had accepted of " + name_);
    compare(remembered);
    resume(packet, remembered);
  }
  attaches_ = may_be_dropped_ = false;
  epoch_ = greeted_epoch_ = channel_->peer().epoch;
  memory_ = packet.memory;
  welcomed_ = true;
  came_ = {};
  for (const proto::ForgetTasks& lost : unconfirmed_) channel_->send(lost);
  send_pending();
  if (calm_) calm_down();
}

/// What never came to the server is lost with the driver that made it.
void ModelJob::adopt() {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    if (told_.contains(entry->first)) {
      entry->second = {.spec = entry->second.spec, .found = true, .accepted = true};
      ++entry;
    } else {
      entry = entries_.erase(entry);
    }
  }
  next_number_ = next_to_send_ = told_next_;
}

/// A server that remembers nothing is sent again what this driver has itself; it would start a second time what must
/// not.
void ModelJob::resume(const proto::AcceptTasks& packet, bool remembered) {
  for (auto& [number, entry] : entries_) {
    if (remembered) break;
    entry.accepted = false;
    const bool may_have_started = number >= packet.below && number < next_to_send_ && entry.spec.worker_deaths_max == 1;
    if (!entry.settled && !may_have_started && !entry.found) continue;
    entry.settled = entry.forgotten = true;  // the server has nothing of it
    stage_.history.cancelled(entry.spec.arguments.task);
  }
  if (!remembered) accepted_below_ = 0;
  next_to_send_ = std::min(next_to_send_, std::max(packet.below, first_unsettled()));
}

void ModelJob::take_outcomes(const base::SharedBytes& body) {
  require(welcomed_, "a driver was told outcomes before what was accepted");
  bool is_large = false;
  proto::for_each_item<proto::ReportOutcomes>(
      body.bytes(), [&](const proto::ReportedOutcome& outcome, proto::BytesView) {
        const auto found = entries_.find(outcome.number);
        require(found != entries_.end(), "a job's driver was told of a task that nobody submitted");
        stage_.history.told(found->second.spec.arguments.task, outcome, body);
        found->second.settled = true;
        if (found->second.forgotten) {
          forgotten_.push_back(outcome.number);
        } else if (calm_ || random_.chance(20)) {
          forget(outcome.number);
        }
        if (outcome.content.size() < proto::large_outcome_bytes_min) return;
        is_large = true;
        came_.large.push_back(outcome.number);
      });
  if (!is_large) ++came_.packets;
  send_soon();
  if (std::exchange(acknowledgement_due_, true)) return;
  on_this_connection(random_.between(0ms, calm_ ? 20ms : 2000ms), &ModelJob::acknowledge);
}

// What it says

void ModelJob::on_this_connection(core::Duration delay, void (ModelJob::*what)()) {
  stage_.agenda.after(delay, [self = shared_from_this(), what, connection = connection_] {
    if (self->connection_ == connection && self->welcomed_) ((*self).*what)();
  });
}

void ModelJob::send_soon() {
  if (!welcomed_ || std::exchange(send_due_, true)) return;
  on_this_connection(random_.between(0ms, 3ms), &ModelJob::send_pending);
}

void ModelJob::send_pending() {
  send_due_ = false;
  proto::DefineFunctions define;
  for (std::uint32_t function = 0; function < stage_.plan.functions; ++function)
    define.functions.push_back(function_numbered(function));
  channel_->send(define);  // saying the same again changes nothing
  send_forgotten();
  if (!held_) send_tasks();
}

void ModelJob::send_forgotten() {
  if (forgotten_.empty()) return;
  unconfirmed_.push_back({std::exchange(forgotten_, {}), ++sequence_});
  channel_->send(unconfirmed_.back());
}

void ModelJob::send_tasks() {
  proto::BatchWriter<proto::SubmitTasks> batch;
  const auto send_batch = [&] {
    if (batch.empty()) return;
    channel_->send_body(proto::SubmitTasks::number, batch.finish());
    batch.clear();
  };
  proto::CancelTasks skipped;
  const auto send_skipped = [&] {
    if (!skipped.numbers.empty()) channel_->send(skipped);
    skipped.numbers.clear();
  };
  for (; next_to_send_ < next_number_; ++next_to_send_) {
    const auto found = entries_.find(next_to_send_);
    if (found == entries_.end() || found->second.settled || found->second.forgotten) {
      skipped.numbers.push_back(next_to_send_);
      if (skipped.numbers.size() == skipped_at_once_max) send_skipped();
      continue;
    }
    const TaskSpec& spec = found->second.spec;
    if (found->second.found) continue;
    const auto arguments = to_bytes(spec.arguments, spec.arguments_bytes);
    batch.add({next_to_send_, spec.function, spec.timeout_ns, spec.worker_deaths_max, arguments});
    if (batch.full() || random_.chance(10)) send_batch();
  }
  send_skipped();
  send_batch();
}

void ModelJob::acknowledge() {
  acknowledgement_due_ = false;
  channel_->send(came_);
  came_.large.clear();
}

}  // namespace blitzen::sim
