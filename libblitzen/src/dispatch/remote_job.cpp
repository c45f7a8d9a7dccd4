// What is different for a dispatcher with a job: its tasks outlive it.
#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "base/century.hpp"
#include "base/counted.hpp"
#include "base/seconds_text.hpp"
#include "blitzen/logging.hpp"
#include "dispatch/remote_engine.hpp"
#include "dispatch/wording.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"
#include "proto/limits.hpp"

namespace blitzen::dispatch {
namespace {

/// Together as long as a batch.
constexpr std::size_t forgotten_at_once_max = proto::batch_bytes_target / sizeof(std::uint64_t);

}  // namespace

/// A few bytes name many tasks, so these are counted before they are believed.
void RemoteEngine::job_told(const base::SharedBytes& body) {
  proto::JobState packet;
  proto::decode(body.bytes(), packet);
  const Lock lock(mutex_);
  if (job_.empty() || welcomed_) throw proto::DecodeError("a job's state at the wrong time");
  told_.next_task = packet.next_task;
  told_.functions = packet.functions;
  for (const proto::TaskRange& range : packet.tasks) {
    const bool ascends = told_.tasks.empty() || range.first > told_.tasks.back().last;
    if (!ascends || range.last < range.first || range.last >= packet.next_task)
      throw proto::DecodeError("a job's tasks are out of order");
    told_.tasks.push_back(range);
    if (packet.next_task - told_.tasks.front().first > proto::job_numbers_max ||
        (found_count_ += range.last - range.first + 1) > proto::job_tasks_max)
      throw proto::DecodeError("the job has more tasks than a dispatcher can attach to");
  }
}

void RemoteEngine::adopt_job() {
  ledger_.begin_with(told_.tasks, told_.next_task);
  functions_.begin_at(told_.functions);
  next_to_send_ = told_.next_task;
  connector_options_.hello.attach = attaches_ = false;
}

/// Tasks that were found cannot be sent again. A server that was started anew may have lost them.
void RemoteEngine::settle_what_the_job_lost() {
  const base::SharedBytes content =
      as_content(proto::failure_saying("the server was started anew and has lost this task, which this process found "
                                       "when it attached and so cannot send "
                                       "again; a server with a journal (--journal) loses none"));
  auto range = told_.tasks.begin();
  for (const std::uint64_t number : ledger_.found_numbers()) {
    while (range != told_.tasks.end() && range->last < number) ++range;
    const bool is_there = range != told_.tasks.end() && range->first <= number;
    if (!is_there) settle(number, OutcomeKind::error, std::chrono::nanoseconds::zero(), content);
  }
}

std::vector<std::uint64_t> RemoteEngine::found_tasks() const {
  const Lock lock = enter();
  return ledger_.found_numbers();
}

void RemoteEngine::outcomes_dropped(Lock& lock, std::span<const std::uint64_t> numbers) {
  if (job_.empty()) return;
  forgotten_.insert(forgotten_.end(), numbers.begin(), numbers.end());
  if (connected_ || loop_.led()) loop_.see_to_it(lock);
}

void RemoteEngine::release(std::span<const std::uint64_t> numbers) {
  Lock lock = enter();
  outcomes_dropped(lock, numbers);
}

void RemoteEngine::send_forgotten() {
  const std::vector<std::uint64_t> forgotten = std::exchange(forgotten_, {});
  for (std::span<const std::uint64_t> rest = forgotten; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), forgotten_at_once_max));
    unconfirmed_.push_back({{some.begin(), some.end()}, ++forgotten_sequence_});
    channel_->send(unconfirmed_.back());
    rest = rest.subspan(some.size());
  }
}

void RemoteEngine::confirm_forgotten(std::uint64_t sequence) {
  while (!unconfirmed_.empty() && unconfirmed_.front().sequence <= sequence) unconfirmed_.pop_front();
}

bool RemoteEngine::is_handed_over(std::uint64_t end) const {
  const bool tasks_there = image_there_ && accepted_below_ >= end;
  return (ledger_.unsettled() == 0 || tasks_there) && forgotten_.empty() && unconfirmed_.empty();
}

std::uint64_t RemoteEngine::handed_over() const {
  return next_to_send_ + accepted_below_ + (forgotten_sequence_ - unconfirmed_.size()) + (image_there_ ? 1 : 0);
}

void RemoteEngine::hand_over() {
  if (in_forked_child()) return;
  Lock lock(mutex_);
  if (!started_ || stopping_) return;
  const std::uint64_t end = ledger_.next_number();
  if (held_)
    logging::get_logger().warning(
        "the server has no room for further tasks now (--memory-limit): waiting until it has "
        "taken those of the job '" +
        job_ + "'");
  loop_.see_to_it(lock);
  asio::post(loop_.context(), [this] {
    const Lock locked(mutex_);
    watch_hand_over(handed_over());
  });
  wait_until(lock, connection_changed_,
             [&] { return stopping_ || failure() || out_of_patience_ || is_handed_over(end); });
  if ((failure() || out_of_patience_) && !is_handed_over(end)) tell_what_was_not_handed_over();
}

void RemoteEngine::watch_hand_over(std::uint64_t before) {
  if (!leaving_) leaving_.emplace(loop_.context());
  leaving_->expires_after(base::at_most_a_century(leave_patience_));
  leaving_->async_wait([this, before](const std::error_code& error) {
    if (error) return;
    const Lock lock(mutex_);
    if (const std::uint64_t now = handed_over(); now != before) return watch_hand_over(now);
    out_of_patience_ = true;
    connection_changed_.notify_all();
  });
}

void RemoteEngine::tell_what_was_not_handed_over() const {
  const std::uint64_t left = ledger_.unsettled() - ledger_.unsettled_below(accepted_below_);
  const std::string what = left > 0                                   ? base::counted(left, "task") + " of it"
                           : ledger_.unsettled() > 0 && !image_there_ ? "the program that its tasks need"
                                                                      : "what was cleared of it";
  const std::string why = failure()
                              ? failure()->what()
                              : "it took nothing more for " + base::seconds_text(leave_patience_) + " (leave_patience)";
  const std::string hint = accepted_below_ > 0 ? "; attach to the job for what the server has" : "";
  logging::get_logger().warning("left the job '" + job_ + "' although the server has not taken " + what + ": " + why +
                                hint);
}

}  // namespace blitzen::dispatch
