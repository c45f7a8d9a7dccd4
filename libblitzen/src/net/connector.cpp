#include "net/connector.hpp"

#include <algorithm>
#include <asio/connect.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <random>
#include <utility>

#include "base/century.hpp"
#include "net/address.hpp"
#include "net/compression_offer.hpp"
#include "net/connection.hpp"
#include "net/handshake.hpp"
#include "net/handshake_errors.hpp"
#include "net/tls.hpp"

namespace blitzen::net {
namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

ConnectorOptions made_usable(ConnectorOptions options) {
  options.server = without_brackets(options.server);
  if (options.patience) options.patience = base::at_most_a_century(*options.patience);
  return options;
}

}  // namespace

class Connector::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, ConnectorOptions options, OnChannel on_channel, OnFailure on_failure, OnRetry on_retry)
      : io_(io),
        options_(made_usable(std::move(options))),
        on_channel_(std::move(on_channel)),
        on_failure_(std::move(on_failure)),
        on_retry_(std::move(on_retry)),
        server_(with_port(options_.server, options_.port)),
        resolver_(io),
        socket_(io),
        timer_(io),
        started_(Clock::now()),
        backoff_(options_.backoff_first),
        jitter_(options_.jitter_seed) {
    complete_hello(options_.hello);
    if (options_.key) tls_ = std::make_shared<const TlsContext>(Side::client, *options_.key);
  }

  void begin() {
    if (!over_) attempt();
  }

  void cancel() {
    over_ = true;
    end_attempt();
    resolver_.cancel();
  }

 private:
  void attempt() {
    ++attempt_;
    deadline_ = Clock::now() + options_.timing.handshake_max;
    timer_.expires_at(deadline_);
    timer_.async_wait([self = shared_from_this(), number = attempt_](const asio::error_code& error) {
      if (error || self->stale(number)) return;
      self->fail(server_unreachable(self->server_, "no answer in time"));
    });
    asio::error_code not_numeric;
    const auto address = asio::ip::make_address(options_.server, not_numeric);
    if (!not_numeric) return connect({tcp::endpoint{address, options_.port}});
    resolver_.async_resolve(
        options_.server, std::to_string(options_.port),
        [self = shared_from_this(), number = attempt_](const asio::error_code& error, const auto& results) {
          if (self->stale(number)) return;
          if (error) return self->fail(server_unknown(self->options_.server, error.message()));
          self->connect({results.begin(), results.end()});
        });
  }

  [[nodiscard]] bool stale(std::uint64_t number) const { return over_ || number != attempt_; }

  void connect(std::vector<tcp::endpoint> endpoints) {
    const bool far = std::any_of(endpoints.begin(), endpoints.end(),
                                 [](const tcp::endpoint& endpoint) { return !endpoint.address().is_loopback(); });
    if (far && !options_.key) {
      return fail({ErrorCode::invalid_option, "without encryption only a server on this machine can be used, and " +
                                                  server_ + " is not: turn insecure (--insecure) off"});
    }
    asio::async_connect(
        socket_, endpoints,
        [self = shared_from_this(), number = attempt_](const asio::error_code& error, const tcp::endpoint& endpoint) {
          if (self->stale(number)) return;
          if (error) return self->fail(server_unreachable(self->server_, error.message()));
          self->shake_hands(endpoint);
        });
  }

  void shake_hands(const tcp::endpoint& endpoint) {
    timer_.cancel();
    options_.hello.compression = offers_compression(options_.compression, socket_);
    HandshakeOptions options{.side = Side::client,
                             .tls = tls_.get(),
                             .hello = options_.hello,
                             .peer = server_,
                             .key_file = options_.key_file,
                             .deadline = deadline_,
                             .farewell_max = options_.timing.farewell_max};
    handshake_ = std::make_shared<Handshake>(
        Stream{std::exchange(socket_, tcp::socket{io_})}, std::move(options),
        [self = shared_from_this(), endpoint](Stream stream, proto::Hello hello) {
          self->open(std::move(stream), std::move(hello), to_text(endpoint));
        },
        [self = shared_from_this()](const Error& error) { self->fail(error); });
    const auto handshake = handshake_;
    handshake->start();
  }

  void open(Stream stream, proto::Hello hello, const std::string& address) {
    over_ = true;
    end_attempt();
    const auto connection = std::make_shared<Connection>(std::move(stream), tls_, options_.hello, std::move(hello),
                                                         address, options_.timing);
    on_channel_(connection);
    connection->start();
  }

  void fail(const Error& error) {
    end_attempt();
    const auto pause = next_pause();
    const bool may_pass =
        error.code() == ErrorCode::cannot_connect || (options_.was_there && error.code() == ErrorCode::not_blitzen);
    if (!may_pass || !pause) {
      over_ = true;
      return on_failure_(error);
    }
    timer_.expires_after(*pause);
    timer_.async_wait([self = shared_from_this(), number = attempt_](const asio::error_code& canceled) {
      if (!canceled && !self->stale(number)) self->attempt();
    });
    on_retry_(error.what(), *pause);
  }

  /// Empty once patience is over. The last pause is cut, so that the last attempt comes when it ends.
  std::optional<std::chrono::milliseconds> next_pause() {
    const auto jittered =
        std::min(backoff_, options_.backoff_last) * (100 + jitter_() % (jitter_percent_max + 1)) / 100;
    const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(jittered);
    backoff_ = std::min(2 * backoff_, options_.backoff_last);
    if (!options_.patience) return pause;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(started_ + *options_.patience - Clock::now());
    if (left <= std::chrono::milliseconds::zero()) return std::nullopt;
    return std::min(pause, left);
  }

  /// What is still under way of this attempt comes to nothing.
  void end_attempt() {
    ++attempt_;
    timer_.cancel();
    asio::error_code ignored_when_closed;
    socket_.close(ignored_when_closed);
    if (const auto handshake = std::exchange(handshake_, nullptr)) handshake->cancel();
  }

  /// So that many clients of a server that comes back do not all knock at once.
  static constexpr unsigned jitter_percent_max = 20;

  asio::io_context& io_;
  ConnectorOptions options_;
  OnChannel on_channel_;
  OnFailure on_failure_;
  OnRetry on_retry_;
  std::string server_;
  std::shared_ptr<const TlsContext> tls_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<Handshake> handshake_;
  Clock::time_point started_;
  Clock::time_point deadline_;
  std::chrono::milliseconds backoff_;
  std::minstd_rand jitter_;
  std::uint64_t attempt_ = 0;  ///< Which attempt the handlers under way belong to.
  bool over_ = false;
};

Connector::Connector(asio::io_context& io, ConnectorOptions options, OnChannel on_channel, OnFailure on_failure,
                     OnRetry on_retry)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_channel), std::move(on_failure),
                                   std::move(on_retry))) {
  // Not from here: callbacks come from the event loop only.
  asio::post(io, [impl = impl_] { impl->begin(); });
}

Connector::~Connector() { cancel(); }

void Connector::cancel() { impl_->cancel(); }

}  // namespace blitzen::net
