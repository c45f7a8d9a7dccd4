// What a broker does while its disk takes less than comes: reads from nobody, and holds nobody's silence against them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "blitzen/logging.hpp"
#include "cluster_rig.hpp"
#include "net/channel.hpp"
#include "server/broker.hpp"

namespace blitzen::server {
namespace {

using namespace std::chrono_literals;

class SteppedLoop final : public EventLoop {
 public:
  [[nodiscard]] core::TimePoint now() const override { return now_; }
  void post(std::function<void()> function) override { posted_.push_back(std::move(function)); }
  [[nodiscard]] std::unique_ptr<Timer> make_timer(std::function<void()> expired) override {
    return std::make_unique<SteppedTimer>(*this, std::move(expired));
  }

  /// In steps that are shorter than any deadline.
  void pass(core::Duration time) {
    for (const core::TimePoint end = now_ + time; now_ < end; now_ += 100ms) run();
    run();
  }

 private:
  class SteppedTimer final : public Timer {
   public:
    SteppedTimer(SteppedLoop& loop, std::function<void()> expired) : loop_(loop), expired_(std::move(expired)) {
      loop_.timers_.push_back(this);
    }
    SteppedTimer(const SteppedTimer&) = delete;
    SteppedTimer& operator=(const SteppedTimer&) = delete;
    ~SteppedTimer() override { std::erase(loop_.timers_, this); }
    void set(core::TimePoint at) override { at_ = at; }
    void cancel() override { at_.reset(); }
    void look() {
      if (at_ && *at_ <= loop_.now_) {
        at_.reset();
        expired_();
      }
    }

   private:
    SteppedLoop& loop_;
    std::function<void()> expired_;
    std::optional<core::TimePoint> at_;
  };

  void run() {
    for (SteppedTimer* timer : std::vector(timers_)) timer->look();
    for (; !posted_.empty(); posted_.pop_front()) std::function(posted_.front())();
  }

  core::TimePoint now_{1h};
  std::deque<std::function<void()>> posted_;
  std::vector<SteppedTimer*> timers_;
};

/// Nobody is at its other end.
class QuietChannel final : public net::Channel {
 public:
  explicit QuietChannel(proto::Hello peer) : peer_(std::move(peer)) {}
  [[nodiscard]] const proto::Hello& peer() const override { return peer_; }
  [[nodiscard]] std::string peer_address() const override { return "192.0.2.1:50000"; }
  [[nodiscard]] bool compressed() const override { return false; }
  void listen(std::weak_ptr<net::ChannelListener>) override {}
  void hold() override {}
  void flush() override {}
  void hold_reading(bool held) override { held_ = held; }
  [[nodiscard]] std::size_t unsent_bytes() const override { return 0; }
  void close(proto::GoodbyeReason reason, const std::string&) override { goodbye_ = reason; }
  void abort() override {}

  [[nodiscard]] bool is_held() const { return held_; }
  [[nodiscard]] std::optional<proto::GoodbyeReason> goodbye() const { return goodbye_; }

 private:
  [[nodiscard]] std::vector<std::byte>* begin_packet() override { return &body_; }
  void end_packet(proto::PacketNumber) override { body_.clear(); }
  void discard_packet() noexcept override { body_.clear(); }
  void send_pieces(proto::PacketNumber, net::BodyInPieces&&) override {}

  proto::Hello peer_;
  std::vector<std::byte> body_;
  bool held_ = false;
  std::optional<proto::GoodbyeReason> goodbye_;
};

/// As slow as a test wants it.
class SlowRecorder final : public journal::Recorder {
 public:
  SlowRecorder(const std::size_t& unwritten, journal::OnCommitted& committed, journal::OnCommitted on_committed)
      : unwritten_(unwritten) {
    committed = std::move(on_committed);
  }
  std::uint64_t record(journal::Record) override { return ++recorded_; }
  [[nodiscard]] std::size_t unwritten_bytes() const override { return unwritten_; }
  void stop() override {}

 private:
  const std::size_t& unwritten_;
  std::uint64_t recorded_ = 0;
};

std::shared_ptr<QuietChannel> join_client(Broker& broker) {
  proto::Hello hello;
  hello.role = proto::Role::client;
  hello.packet_bytes_max = proto::packet_bytes_max;
  hello.slots = 1;
  auto channel = std::make_shared<QuietChannel>(hello);
  broker.welcome(channel);
  return channel;
}

}  // namespace

TEST_CASE("a client from which nothing is read, because the disk is too slow, is not lost by its silence") {
  logging::disable();
  TemporaryDirectory directory;
  SteppedLoop loop;
  std::size_t unwritten = 0;
  journal::OnCommitted committed;
  const auto broker = std::make_shared<Broker>(loop, BrokerOptions{}, images::ImageCache(directory.path() / "cache"));
  broker->keep_journal(
      std::make_unique<journal::Store>((directory.path() / "journal").string()), [](const journal::Error&) {},
      [&](auto, auto on_committed, auto) {
        return std::make_unique<SlowRecorder>(unwritten, committed, std::move(on_committed));
      });
  const auto client = join_client(*broker);
  unwritten = unwritten_bytes_max + 1;
  loop.pass(1min);
  CHECK(client->is_held());
  CHECK_FALSE(client->goodbye());
  CHECK(join_client(*broker)->is_held());

  unwritten = 0;
  committed(0);
  loop.pass(9s);
  CHECK_FALSE(client->is_held());
  CHECK_FALSE(client->goodbye());
  loop.pass(2s);
  CHECK(client->goodbye() == proto::GoodbyeReason::silence);
}

}  // namespace blitzen::server
