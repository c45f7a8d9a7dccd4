#include "tests/fuzz/session_rig.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "proto/batch.hpp"
#include "proto/codec.hpp"
#include "tests/fuzz/fuzz_target.hpp"

namespace blitzen::fuzz {
namespace {

/// Peers of one rig at a time; more find nothing that these do not.
constexpr std::size_t peers_max = 6;

template <class Packet>
void require_decodes(std::span<const std::byte> body) {
  Packet packet;
  proto::decode(body, packet);
}

images::ImageCache empty_cache() {
  static const std::filesystem::path directory = std::filesystem::temp_directory_path() / "blitzen-fuzz-images";
  return images::ImageCache{directory, 1024 * 1024};
}

server::BrokerOptions small_limits() {
  server::BrokerOptions options;
  options.task_limit = 40;
  options.memory_limit = 4096;
  options.revive_limit = 2;
  options.images_work_in = images::WorkIn::owners_thread;
  return options;
}

}  // namespace

class SteppedLoop::SteppedTimer final : public server::Timer {
 public:
  SteppedTimer(SteppedLoop& loop, std::function<void()> expired) : loop_(loop), expired_(std::move(expired)) {
    loop_.timers_.insert(this);
  }
  ~SteppedTimer() override { loop_.timers_.erase(this); }
  void set(core::TimePoint at) override { at_ = at; }
  void cancel() override { at_.reset(); }

  [[nodiscard]] bool is_due() const { return at_ && *at_ <= loop_.now_; }
  void expire() {
    at_.reset();
    expired_();
  }

 private:
  SteppedLoop& loop_;
  std::function<void()> expired_;
  std::optional<core::TimePoint> at_;
};

void SteppedLoop::post(std::function<void()> function) { posted_.push_back(std::move(function)); }

std::unique_ptr<server::Timer> SteppedLoop::make_timer(std::function<void()> expired) {
  return std::make_unique<SteppedTimer>(*this, std::move(expired));
}

void SteppedLoop::run() {
  constexpr int rounds_max = 1000;
  int rounds = 0;
  while (run_posted() || run_expired()) require(++rounds < rounds_max, "the event loop never comes to rest");
}

bool SteppedLoop::run_posted() {
  if (posted_.empty()) return false;
  const auto next = std::move(posted_.front());
  posted_.pop_front();
  next();
  return true;
}

bool SteppedLoop::run_expired() {
  const auto due = std::ranges::find_if(timers_, [](const SteppedTimer* timer) { return timer->is_due(); });
  if (due == timers_.end()) return false;
  (*due)->expire();
  return true;
}

void FakeChannel::close(proto::GoodbyeReason reason, const std::string& sentence) {
  if (std::exchange(closed_, true)) return;
  require(!sentence.empty(), "a Goodbye without a sentence");
  reason_ = {.orderly = reason == proto::GoodbyeReason::stopping, .goodbye = reason, .sentence = sentence};
}

void FakeChannel::abort() {
  if (std::exchange(closed_, true)) return;
  reason_.sentence = "the connection was aborted";
}

void FakeChannel::end_packet(proto::PacketNumber number) {
  if (peer_.role == proto::Role::driver) {
    read_as_driver(number);
  } else {
    read_as_client(number);
  }
  body_.clear();
}

void FakeChannel::send_pieces(proto::PacketNumber number, net::BodyInPieces&& body) {
  if (closed_) return;
  for (std::size_t at = 0; at < body.size();) {
    const auto piece = body.at(at, body.size());
    body_.insert(body_.end(), piece.begin(), piece.end());
    at += piece.size();
  }
  end_packet(number);
}

void FakeChannel::read_as_driver(proto::PacketNumber number) {
  switch (number) {
    case proto::PacketNumber::report_outcomes:
      return proto::for_each_item<proto::ReportOutcomes>(
          body_, [this](const proto::ReportedOutcome& outcome, proto::BytesView) {
            require(outcomes_.insert(outcome.number).second, "a task has two outcomes");
          });
    case proto::PacketNumber::accept_tasks:
      return require_decodes<proto::AcceptTasks>(body_);
    case proto::PacketNumber::hold_tasks:
      return require_decodes<proto::HoldTasks>(body_);
    case proto::PacketNumber::request_image:
      return require_decodes<proto::RequestImage>(body_);
    case proto::PacketNumber::notice:
      return require_decodes<proto::Notice>(body_);
    default:
      require(false, "a driver is sent a packet that is not for drivers");
  }
}

void FakeChannel::read_as_client(proto::PacketNumber number) {
  switch (number) {
    case proto::PacketNumber::assign_tasks:
      return proto::for_each_item<proto::AssignTasks>(
          body_, [this](const proto::AssignedTask& task, proto::BytesView) { attempts_.push_back(task.id); });
    case proto::PacketNumber::define_functions:
      return require_decodes<proto::DefineFunctions>(body_);
    case proto::PacketNumber::recall_tasks:
      return require_decodes<proto::RecallTasks>(body_);
    case proto::PacketNumber::cancel_attempts:
      return require_decodes<proto::CancelAttempts>(body_);
    case proto::PacketNumber::image:
      return require_decodes<proto::Image>(body_);
    default:
      require(false, "a client is sent a packet that is not for clients");
  }
}

SessionRig::SessionRig() : broker_(std::make_shared<server::Broker>(loop_, small_limits(), empty_cache())) {}

SessionRig::~SessionRig() {
  broker_->abort_all();
  settle();
  check();
}

void SessionRig::connect(const proto::Hello& hello) {
  if (channels_.size() == peers_max) return;
  channels_.push_back(std::make_shared<FakeChannel>(hello));
  broker_->welcome(channels_.back());
}

FakeChannel* SessionRig::peer(std::uint8_t number) const {
  return channels_.empty() ? nullptr : channels_[number % channels_.size()].get();
}

void SessionRig::say(FakeChannel& from, proto::PacketNumber number, std::span<const std::byte> body) {
  if (from.is_closed()) return;
  try {
    listener().packet_arrived(from, number, base::SharedBytes::copy_of(body));
  } catch (const proto::DecodeError& error) {
    from.close(proto::GoodbyeReason::protocol_error, error.what());
  }
  listener().batch_ended(from);
  if (!from.is_closed()) listener().peer_heard(from);
}

void SessionRig::settle() {
  for (;;) {
    loop_.run();
    const auto closed = std::ranges::find_if(channels_, [](const auto& channel) { return channel->is_closed(); });
    if (closed == channels_.end()) break;
    const auto channel = *closed;
    channels_.erase(closed);
    listener().channel_closed(*channel, channel->reason());
  }
}

}  // namespace blitzen::fuzz
