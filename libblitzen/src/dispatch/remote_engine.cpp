#include "dispatch/remote_engine.hpp"

#include <unistd.h>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include "base/all_signals_blocked.hpp"
#include "base/host_name.hpp"
#include "blitzen/logging.hpp"
#include "dispatch/own_image.hpp"
#include "dispatch/wording.hpp"
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

net::ConnectorOptions connector_options(const DistributedOptions& options) {
  net::ConnectorOptions result;
  result.server = options.server;
  result.port = options.port;
  result.hello.role = proto::Role::driver;
  result.patience = options.connect_patience;
  result.jitter_seed = static_cast<std::uint64_t>(::getpid());
  return result;
}

}  // namespace

/// Receives what the channel tells; all calls come on the engine's own thread.
class RemoteEngine::Session : public net::ChannelListener {
 public:
  explicit Session(RemoteEngine& engine) : engine_(engine) {}

  void packet_arrived(net::Channel&, proto::PacketNumber number, base::SharedBytes body) override {
    switch (number) {
      case proto::PacketNumber::report_outcomes:
        return engine_.take_outcomes(body);
      case proto::PacketNumber::accept_tasks:
        return;  // nothing is sent twice while one connection lasts
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
  void batch_ended(net::Channel&) override {}
  void peer_heard(net::Channel&) override {}
  void queue_drained(net::Channel&) override { engine_.send_pending(); }
  void channel_closed(net::Channel&, const net::CloseReason& reason) override { engine_.disconnected(reason); }

 private:
  RemoteEngine& engine_;
};

RemoteEngine::RemoteEngine(const DistributedOptions& options)
    : CommonEngine({options.timeout, options.task_limit, options.at_task_limit}),
      key_file_(options.key_file.empty() ? net::default_key_file() : options.key_file),
      insecure_(options.insecure),
      connector_options_(connector_options(options)),
      session_(std::make_shared<Session>(*this)) {
  const base::AllSignalsBlocked blocked;
  thread_ = std::thread([this] {
    const auto stay = asio::make_work_guard(io_);
    io_.run();
  });
}

RemoteEngine::~RemoteEngine() { shutdown(); }

void RemoteEngine::use_port(std::uint16_t port) {
  const Lock lock = enter();
  if (!started_) connector_options_.port = port;
}

void RemoteEngine::wait_until_connected() {
  Lock lock = enter();
  start_connecting(lock);
  connection_changed_.wait(lock, [this] { return connected_ || failure(); });
  if (failure()) throw *failure();
}

void RemoteEngine::start_connecting(Lock&) {
  if (std::exchange(started_, true)) return;
  asio::post(io_, [this] { connect(); });
}

void RemoteEngine::connect() {
  try {
    if (connector_options_.port == 0)
      throw Error(ErrorCode::invalid_option,
                  "port 0 is for spawn_server(), which chooses a free one; name the server's port");
    image_ = own_image_hash();
    if (!insecure_) connector_options_.key = net::load_key(key_file_);
    connector_ = std::make_unique<net::Connector>(
        io_, connector_options_, [this](std::shared_ptr<net::Channel> channel) { connected(std::move(channel)); },
        [this](const Error& error) { cannot_connect(error); },
        [](const std::string& sentence, std::chrono::milliseconds) { logging::get_logger().debug(sentence); });
  } catch (const Error& error) {
    cannot_connect(error);
  }
}

void RemoteEngine::cannot_connect(const Error& error) {
  const Lock lock(mutex_);
  fail(error);
  connection_changed_.notify_all();
}

void RemoteEngine::connected(std::shared_ptr<net::Channel> channel) {
  channel_ = std::move(channel);
  channel_->listen(session_);
  proto::OfferImage offer;
  offer.hash = image_;
  offer.bytes = own_image_bytes();
  offer.name = own_image_name();
  offer.architecture = base::architecture();
  channel_->send(offer);
  {
    const Lock lock(mutex_);
    connected_ = true;
    if (channel_->peer().task_limit > 0) limit_tasks(channel_->peer().task_limit);
    connection_changed_.notify_all();
  }
  send_pending();
}

void RemoteEngine::disconnected(const net::CloseReason& reason) {
  const Lock lock(mutex_);
  channel_.reset();
  if (stopping_) return io_.stop();
  settle_all(OutcomeKind::error, "the server was lost before this task's outcome arrived: " + reason.sentence);
  fail(Error(reason.code, reason.sentence));
}

void RemoteEngine::task_added(Lock& lock, std::uint64_t) {
  start_connecting(lock);
  wake_sender(lock);
}

void RemoteEngine::tasks_abandoned(Lock& lock, std::span<const std::uint64_t> numbers) {
  abandoned_.insert(abandoned_.end(), numbers.begin(), numbers.end());
  wake_sender(lock);
}

void RemoteEngine::wake_sender(Lock&) {
  if (!connected_ || std::exchange(sender_awake_, true)) return;
  asio::post(io_, [this] { send_pending(); });
}

void RemoteEngine::send_pending() {
  Lock lock(mutex_);
  sender_awake_ = false;
  if (!channel_) return;
  send_new_functions(lock);
  send_new_tasks(lock);
  if (!abandoned_.empty()) {
    proto::CancelTasks cancel;
    cancel.numbers = std::exchange(abandoned_, {});
    channel_->send(cancel);
  }
}

void RemoteEngine::send_new_functions(Lock&) {
  if (functions_sent_ == functions_.size()) return;
  proto::DefineFunctions define;
  for (; functions_sent_ < functions_.size(); ++functions_sent_) {
    define.functions.push_back(functions_.described(functions_sent_));
    define.functions.back().image = image_;
  }
  channel_->send(define);
}

void RemoteEngine::send_new_tasks(Lock&) {
  for (; next_to_send_ < ledger_.next_number() && channel_->unsent_bytes() < send_ahead_bytes; ++next_to_send_) {
    const LedgerEntry* entry = ledger_.find(next_to_send_);
    if (entry == nullptr || entry->state != EntryState::unsettled) continue;
    batch_.add({.number = next_to_send_,
                .function = entry->function,
                .timeout_ns = static_cast<std::uint64_t>(entry->timeout.count()),
                .worker_deaths_max = entry->worker_deaths_max,
                .arguments = entry->content.bytes()});
    if (batch_.full()) send_batch();
  }
  if (!batch_.empty()) send_batch();
}

void RemoteEngine::send_batch() {
  channel_->send_body(proto::SubmitTasks::number, batch_.finish());
  batch_.clear();
}

void RemoteEngine::send_image(const proto::ImageHash& hash) {
  if (hash != image_) throw proto::DecodeError("a request for an image that this driver does not have");
  const OwnImage content;
  proto::Image image;
  image.hash = hash;
  image.name = own_image_name();
  image.architecture = base::architecture();
  image.content = content.bytes();
  channel_->send(image);
}

void RemoteEngine::take_outcomes(const base::SharedBytes& body) {
  const Lock lock(mutex_);
  proto::for_each_item<proto::ReportOutcomes>(
      body.bytes(), [&](const proto::ReportedOutcome& reported, std::span<const std::byte>) {
        settle(reported.number, from_wire(reported.outcome), std::chrono::nanoseconds(reported.ran_ns),
               body.slice(reported.content));
      });
}

void RemoteEngine::shutdown() {
  if (!begin_shutdown()) return;
  connection_changed_.notify_all();
  asio::post(io_, [this] {
    connector_.reset();
    if (channel_)
      channel_->close(proto::GoodbyeReason::stopping, "the driver is done");
    else
      io_.stop();
  });
  thread_.join();
}

}  // namespace blitzen::dispatch
