#include "dispatch/remote_engine.hpp"

#include <unistd.h>

#include <algorithm>
#include <asio/post.hpp>
#include <limits>
#include <utility>

#include "base/random_number.hpp"
#include "blitzen/logging.hpp"
#include "dispatch/own_image.hpp"
#include "dispatch/wording.hpp"
#include "net/address.hpp"
#include "net/cluster_key.hpp"
#include "proto/codec.hpp"
#include "proto/failure.hpp"

namespace blitzen::dispatch {
namespace {

OutcomeKind from_wire(proto::Outcome outcome) {
  switch (outcome) {
    case proto::Outcome::value:
      return OutcomeKind::value;
    case proto::Outcome::error:
      return OutcomeKind::error;
    case proto::Outcome::timed_out:
      return OutcomeKind::timed_out;
    case proto::Outcome::cancelled:
      return OutcomeKind::cancelled;
    case proto::Outcome::poisoned:
      return OutcomeKind::poisoned;
    case proto::Outcome::expired:
      return OutcomeKind::expired;
  }
  throw proto::DecodeError("an outcome of an unknown kind");
}

/// What is handed to the channel ahead of the network. The rest waits in the ledger, where it is kept anyway.
constexpr std::size_t send_ahead_bytes = 4 * 1024 * 1024;

/// A task that comes this soon after a batch was sent waits for others that may follow.
constexpr std::chrono::microseconds gather_time{50};

/// Reading the clock costs about as much as adding a task, so it is not read for each.
constexpr std::size_t tasks_between_looks = 16;

/// Outcomes that have come are acknowledged with whatever is sent next, and at the latest when they take so much: the
/// server keeps them until then.
constexpr std::size_t unacknowledged_bytes_max = 256 * 1024;

/// Together as long as a batch.
constexpr std::size_t cancelled_at_once_max = proto::batch_bytes_target / sizeof(std::uint64_t);

proto::SessionId random_session() {
  return {base::random_number() | 1U, base::random_number()};  // never all zeros
}

net::ConnectorOptions connector_options(const DistributedOptions& options, bool attach) {
  net::ConnectorOptions result;
  result.server = options.server;
  result.port = options.port;
  result.hello.role = proto::Role::driver;
  result.hello.session = random_session();
  result.hello.job = options.job;
  result.hello.attach = attach;
  result.compression = options.compression;
  result.patience = options.connect_patience;
  result.jitter_seed = static_cast<std::uint64_t>(::getpid());
  return result;
}

}  // namespace

/// Receives what the channel tells, in the thread that leads.
class RemoteEngine::Session : public net::ChannelListener {
 public:
  explicit Session(RemoteEngine& engine) : engine_(engine) {}

  void packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) override {
    switch (number) {
      case proto::PacketNumber::report_outcomes:
        return engine_.take_outcomes(body);
      case proto::PacketNumber::accept_tasks:
        return engine_.accepted(body);
      case proto::PacketNumber::job_state:
        return engine_.job_told(body);
      case proto::PacketNumber::hold_tasks: {
        proto::HoldTasks packet;
        proto::decode(body.bytes(), packet);
        return engine_.hold_tasks(packet.held);
      }
      case proto::PacketNumber::request_image: {
        proto::RequestImage request;
        proto::decode(body.bytes(), request);
        return engine_.send_image(request.hash);
      }
      case proto::PacketNumber::notice: {
        proto::Notice notice;
        proto::decode(body.bytes(), notice);
        return logging::get_logger().warning(notice.sentence);
      }
      default:
        throw proto::DecodeError("a packet that a server does not send to a driver");
    }
  }
  void batch_ended(net::Channel&) override { engine_.outcomes_taken(); }
  void peer_heard(net::Channel&) override {}
  void queue_drained(net::Channel&) override {
    Lock lock(engine_.mutex_);
    engine_.queue_pending(lock);
  }
  void channel_closed(net::Channel&, const net::CloseReason& reason) override { engine_.disconnected(reason); }

 private:
  RemoteEngine& engine_;
};

RemoteEngine::RemoteEngine(const DistributedOptions& options, bool attach)
    : CommonEngine({.timeout = options.timeout,
                    .task_limit = options.task_limit,
                    .memory_limit = options.memory_limit,
                    .at_task_limit = options.at_task_limit}),
      key_file_(options.key_file),
      insecure_(options.insecure),
      job_(options.job),
      attaches_(attach),
      reconnect_patience_(options.reconnect_patience),
      leave_patience_(options.leave_patience),
      connector_options_(connector_options(options, attach)),
      loop_(
          mutex_, [this](Lock& lock) { send_pending(lock); },
          [this](Lock& lock, const std::exception_ptr& thrown) { broke(lock, thrown); }),
      session_(std::make_shared<Session>(*this)) {
  loop_.start();
}

RemoteEngine::~RemoteEngine() { shutdown(); }

void RemoteEngine::use_port(std::uint16_t port) {
  const Lock lock = enter();
  if (!started_) connector_options_.port = port;
}

void RemoteEngine::wait_until_connected() {
  Lock lock = enter();
  start_connecting(lock);
  // Whether the server lets it have its job, it says a little later.
  wait_until(lock, connection_changed_, [this] { return (job_.empty() ? connected_ : welcomed_) || failure(); });
  if (failure()) throw *failure();
}

void RemoteEngine::start_connecting(Lock&) {
  if (std::exchange(started_, true)) return;
  asio::post(loop_.context(), [this] { connect(); });
}

void RemoteEngine::connect() {
  try {
    if (connector_options_.port == 0)
      throw Error(ErrorCode::invalid_option,
                  "port 0 is for spawn_server(), which chooses a free one; name the server's port");
    static_cast<void>(own_image());  // so that what cannot be read is told before there is a connection
    if (!insecure_) find_key();
    connector_ = std::make_unique<net::Connector>(
        loop_.context(), connector_options_,
        [this](std::shared_ptr<net::Channel> channel) { connected(std::move(channel)); },
        [this](const Error& error) { cannot_connect(error); },
        [this](const std::string& sentence, std::chrono::milliseconds) { retrying(sentence); });
  } catch (const Error& error) {
    cannot_connect(error);
  }
}

void RemoteEngine::find_key() {
  net::FoundKey found = net::find_key(key_file_, net::is_loopback(connector_options_.server));
  if (!found.news.empty()) logging::get_logger().info(found.news);
  connector_options_.key = std::move(found.key);
  connector_options_.key_file = found.file.string();
}

void RemoteEngine::cannot_connect(const Error& error) {
  Lock lock(mutex_);
  if (lost_) {
    give_up(lock, error.code(), *lost_ + "; it could not be reached again: " + error.what());
  } else {
    fail(error);
  }
  connection_changed_.notify_all();
}

/// Said once, and not about a server that is just being started.
void RemoteEngine::retrying(const std::string& sentence) {
  constexpr unsigned quiet_attempts = 3;
  if (++failed_attempts_ == quiet_attempts)
    logging::get_logger().warning(sentence + " Trying again.");
  else
    logging::get_logger().debug(sentence);
}

void RemoteEngine::connected(std::shared_ptr<net::Channel> channel) {
  channel_ = std::move(channel);
  channel_->listen(session_);
  channel_->send(own_image());
  Lock lock(mutex_);
  told_ = {};
  found_count_ = 0;
  if (std::exchange(lost_, std::nullopt)) logging::get_logger().info("came back to the server");
  connected_ = true;
  const std::uint64_t task_limit = channel_->peer().task_limit;
  at_server_max_ = task_limit == 0 ? std::numeric_limits<std::uint64_t>::max() : task_limit;
  limit_tasks(at_server_max_);
  connection_changed_.notify_all();
}

void RemoteEngine::accepted(const base::SharedBytes& body) {
  proto::AcceptTasks packet;
  proto::decode(body.bytes(), packet);
  Lock lock(mutex_);
  accepted_below_ = packet.below;
  confirm_forgotten(packet.forgotten);
  image_there_ |= packet.has_image;
  if (!welcomed_) welcomed(lock, packet);
  connection_changed_.notify_all();
}

void RemoteEngine::hold_tasks(bool held) {
  Lock lock(mutex_);
  held_ = held;
  if (!held_) queue_pending(lock);
}

bool RemoteEngine::is_remembered(const proto::AcceptTasks& accepted) const {
  const std::uint64_t epoch = channel_->peer().epoch;
  if (accepted.memory == 0) return epoch / proto::epochs_per_journal == epoch_ / proto::epochs_per_journal;
  return epoch == epoch_ && accepted.memory == memory_;
}

void RemoteEngine::welcomed(Lock& lock, const proto::AcceptTasks& accepted) {
  if (attaches_)
    adopt_job();
  else if (!job_.empty())
    settle_what_the_job_lost();
  abandoned_.assign(cancelling_.begin(), cancelling_.end());
  if (!is_remembered(accepted)) {
    cancelling_.clear();  // what the server does not have has no end to tell of
    settle_what_may_have_started(lock, accepted.below);
  }
  epoch_ = channel_->peer().epoch;
  memory_ = accepted.memory;
  welcomed_ = true;
  functions_sent_ = functions_.first();
  for (const proto::ForgetTasks& lost : unconfirmed_) channel_->send(lost);
  came_ = {};
  came_bytes_ = 0;
  next_to_send_ = std::min(next_to_send_, std::max(accepted.below, ledger_.first_unsettled()));
  at_server_ = ledger_.unsettled_below(next_to_send_);
  queue_pending(lock);
}

/// A server that does not know that it, or another one, had them would start them again.
void RemoteEngine::settle_what_may_have_started(Lock&, std::uint64_t accepted_below) {
  const base::SharedBytes content = as_content(proto::failure_saying(
      "the server was lost, or forgot this driver (--driver-patience), while it had this task, which may have been "
      "started and must not be started twice (worker_deaths_max is 1)"));
  for (std::uint64_t number = std::max(accepted_below, ledger_.first_unsettled()); number < next_to_send_; ++number) {
    const LedgerEntry* entry = ledger_.find(number);
    if (entry != nullptr && entry->worker_deaths_max == 1)
      settle(number, OutcomeKind::error, std::chrono::nanoseconds::zero(), content);
  }
}

void RemoteEngine::disconnected(const net::CloseReason& reason) {
  Lock lock(mutex_);
  channel_.reset();
  connected_ = welcomed_ = held_ = false;
  if (stopping_) return loop_.context().stop();
  if (reason.is_final() || reconnect_patience_ <= reconnect_patience_.zero())
    return give_up(lock, reason.code, reason.sentence);
  logging::get_logger().warning(reason.sentence + "; trying to come back");
  lost_ = reason.sentence;
  connector_options_.patience = reconnect_patience_;
  connector_options_.was_there = true;
  connector_options_.hello.first_task = ledger_.first_unsettled();
  asio::post(loop_.context(), [this] { connect(); });
}

void RemoteEngine::give_up(Lock&, ErrorCode code, const std::string& sentence) {
  if (job_.empty())
    settle_all(OutcomeKind::error, "the server was lost before this task's outcome arrived: " + sentence);
  fail(Error(code, sentence));
  connection_changed_.notify_all();
}

void RemoteEngine::broke(Lock&, const std::exception_ptr& thrown) noexcept {
  const Error error = breakdown(thrown, "the server");
  fail(error);
  try {
    if (job_.empty())
      settle_all(OutcomeKind::error,
                 std::string("the dispatcher failed before this task's outcome arrived: ") + error.what());
    if (channel_) channel_->abort();
  } catch (...) {
    // What could not be settled for want of memory throws the failure when it is asked for.
  }
  connector_.reset();
  channel_.reset();
  connection_changed_.notify_all();
  if (stopping_) loop_.context().stop();
}

void RemoteEngine::task_added(Lock& lock, std::uint64_t number) {
  start_connecting(lock);
  loop_.attend();
  pending_bytes_ += ledger_.find(number)->content.size();
  if (connected_ && (loop_.led() || worth_sending())) loop_.see_to_it(lock);
}

bool RemoteEngine::worth_sending() {
  if (congested_) return false;
  if (pending_bytes_ >= proto::batch_bytes_target) return true;
  return pending_tasks_++ % tasks_between_looks == 0 && Clock::now() - last_sent_ >= gather_time;
}

void RemoteEngine::tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) {
  // What was not sent yet is named when its turn comes.
  for (const std::uint64_t number : numbers) {
    if (number >= next_to_send_) continue;
    (job_.empty() ? abandoned_ : forgotten_).push_back(number);
    if (job_.empty()) cancelling_.insert(number);
    --at_server_;
  }
  loop_.attend();
  if (connected_ || loop_.led()) loop_.see_to_it(lock);
}

bool RemoteEngine::work_until(Lock& lock, const std::function<bool()>& done) { return loop_.lead_until(lock, done); }

void RemoteEngine::sleep_until(Lock& lock, std::condition_variable& changed, const std::function<bool()>& done) {
  loop_.follow_until(lock, changed, done);
}

void RemoteEngine::send_pending(Lock& lock) {
  if (!channel_) return;
  channel_->hold();
  queue_pending(lock);
  lock.unlock();
  channel_->flush();
  lock.lock();
}

void RemoteEngine::queue_pending(Lock& lock) {
  if (!welcomed_) return;
  acknowledge(lock);
  send_new_functions(lock);
  // First, because they make room for new ones.
  send_cancellations(std::exchange(abandoned_, {}));
  send_forgotten();
  send_new_tasks(lock);
}

void RemoteEngine::send_cancellations(std::span<const std::uint64_t> numbers) {
  while (!numbers.empty()) {
    const auto some = numbers.first(std::min(numbers.size(), cancelled_at_once_max));
    channel_->send(proto::CancelTasks{{some.begin(), some.end()}});
    numbers = numbers.subspan(some.size());
  }
}

/// The server would take numbers that never come for late ones, and has room for so many only.
void RemoteEngine::skip(std::uint64_t number) {
  skipped_.push_back(number);
  if (skipped_.size() == cancelled_at_once_max) send_skipped();
}

void RemoteEngine::send_skipped() {
  send_cancellations(skipped_);
  skipped_.clear();
}

void RemoteEngine::send_new_functions(Lock&) {
  if (functions_sent_ == functions_.end()) return;
  proto::DefineFunctions define;
  for (; functions_sent_ < functions_.end(); ++functions_sent_) {
    define.functions.push_back(functions_.described(functions_sent_));
    define.functions.back().image = own_image().hash;
  }
  channel_->send(define);
}

/// What run() accepted before the server said how much it takes at once waits until it has room, instead of being
/// refused.
bool RemoteEngine::may_send() const {
  return !held_ && at_server_ < at_server_max_ && channel_->unsent_bytes() < send_ahead_bytes;
}

void RemoteEngine::send_new_tasks(Lock&) {
  if (next_to_send_ == ledger_.next_number()) return;
  for (; next_to_send_ < ledger_.next_number() && may_send(); ++next_to_send_) {
    const LedgerEntry* entry = ledger_.find(next_to_send_);
    if (entry == nullptr || entry->state != EntryState::unsettled) {
      skip(next_to_send_);
      continue;
    }
    ++at_server_;
    if (entry->found) continue;  // the server has it
    const proto::SubmittedTask task{.number = next_to_send_,
                                    .function = entry->function,
                                    .timeout_ns = static_cast<std::uint64_t>(entry->timeout.count()),
                                    .worker_deaths_max = entry->worker_deaths_max,
                                    .arguments = entry->content.bytes()};
    if (entry->content.size() >= net::shared_payload_bytes_min) {
      if (!batch_.empty()) send_batch();
      channel_->send(proto::SubmitTasks{{task}}, entry->content);
      continue;
    }
    batch_.add(task);
    if (batch_.full()) send_batch();
  }
  send_skipped();
  if (!batch_.empty()) send_batch();
  congested_ = next_to_send_ < ledger_.next_number();
  pending_bytes_ = 0;
  pending_tasks_ = 0;
  last_sent_ = Clock::now();
}

void RemoteEngine::send_batch() {
  channel_->send_body(proto::SubmitTasks::number, batch_.finish());
  batch_.clear();
}

void RemoteEngine::send_image(const proto::ImageHash& hash) {
  const proto::OfferImage& own = own_image();
  if (hash != own.hash) throw proto::DecodeError("a request for an image that this driver does not have");
  proto::Image image;
  image.hash = hash;
  image.name = own.name;
  image.architecture = own.architecture;
  base::SharedBytes content;
  try {
    require_sendable(own.bytes, channel_->peer().packet_bytes_max);
    content = own_image_content();
    image.content = content.bytes();
  } catch (const Error& error) {
    image.problem = error.what();  // functions with registered names need no image
    logging::get_logger().warning(std::string("this program cannot be sent to clients: ") + error.what());
  }
  channel_->send(image, content);
}

void RemoteEngine::take_outcomes(const base::SharedBytes& body) {
  const Lock lock(mutex_);
  came_bytes_ += body.size();
  bool is_large = false;
  proto::for_each_item<proto::ReportOutcomes>(
      body.bytes(), [&](const proto::ReportedOutcome& reported, std::span<const std::byte>) {
        if (reported.number >= ledger_.next_number())
          throw proto::DecodeError("an outcome of a task that was never sent");
        const bool settled = settle(reported.number, from_wire(reported.outcome),
                                    std::chrono::nanoseconds(reported.ran_ns), body.slice(reported.content));
        if (settled && reported.number < next_to_send_) --at_server_;
        if (!settled && !cancelling_.empty()) cancelling_.erase(reported.number);
        if (!job_.empty() && ledger_.find(reported.number) == nullptr) forgotten_.push_back(reported.number);
        if (reported.content.size() < proto::large_outcome_bytes_min) return;
        is_large = true;
        came_.large.push_back(reported.number);
      });
  if (!is_large) ++came_.packets;
}

void RemoteEngine::acknowledge(Lock&) {
  if (came_bytes_ == 0) return;
  channel_->send(came_);
  came_.large.clear();
  came_bytes_ = 0;
}

void RemoteEngine::outcomes_taken() {
  Lock lock(mutex_);
  if (welcomed_ && came_bytes_ >= unacknowledged_bytes_max) acknowledge(lock);
  if (congested_) queue_pending(lock);
}

void RemoteEngine::shutdown() {
  if (!job_.empty()) hand_over();
  if (!begin_shutdown(!job_.empty())) return;
  connection_changed_.notify_all();
  loop_.end([this] {
    connector_.reset();
    leaving_.reset();
    if (channel_)
      channel_->close(proto::GoodbyeReason::stopping, "the driver is done");
    else
      loop_.context().stop();
  });
}

}  // namespace blitzen::dispatch
