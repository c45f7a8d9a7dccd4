#include "net/acceptor.hpp"

#include <algorithm>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <system_error>
#include <utility>

#include "net/address.hpp"
#include "net/compression_offer.hpp"
#include "net/connection.hpp"
#include "net/handshake.hpp"
#include "net/tls.hpp"

namespace blitzen::net {
namespace {

using asio::ip::tcp;

/// When the system has no descriptor or memory left for another connection: until the next try.
constexpr std::chrono::milliseconds accept_pause{100};

tcp::endpoint endpoint_of(const AcceptorOptions& options) {
  asio::error_code error;
  const auto address = asio::ip::make_address(without_brackets(options.address), error);
  if (error) {
    throw Error(ErrorCode::invalid_option, "the address to listen on, \"" + options.address +
                                               "\", is no IP address: pass one of this machine, or 0.0.0.0 for all");
  }
  if (!options.key && !address.is_loopback()) {
    throw Error(ErrorCode::invalid_option,
                "without encryption the server listens on loopback only: listen on "
                "127.0.0.1, or turn insecure (--insecure) off");
  }
  return {address, options.port};
}

tcp::acceptor listen_on(asio::io_context& io, const tcp::endpoint& endpoint) {
  try {
    tcp::acceptor acceptor{io};
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false));
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
  } catch (const std::system_error& error) {
    const bool taken = error.code() == asio::error::address_in_use;
    throw Error(ErrorCode::system, "cannot listen on " + to_text(endpoint) + " (" + error.code().message() + ")" +
                                       (taken ? ": is another blitzen-server running there? Stop it or choose another "
                                                "port (--port)"
                                              : ": pass an address of this machine and a port it may use"));
  }
}

}  // namespace

class Acceptor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, AcceptorOptions options, OnChannel on_channel, OnRefused on_refused)
      : options_(std::move(options)),
        on_channel_(std::move(on_channel)),
        on_refused_(std::move(on_refused)),
        acceptor_(listen_on(io, endpoint_of(options_))),
        port_(acceptor_.local_endpoint().port()),
        pause_(io) {
    complete_hello(options_.hello);
    options_.hello.role = proto::Role::server;
    if (options_.key) tls_ = std::make_shared<const TlsContext>(Side::server, *options_.key);
  }

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const asio::error_code& error, tcp::socket socket) {
      if (!self->stopped_) self->accepted(error, std::move(socket));
    });
  }

  void stop() {
    stopped_ = true;
    asio::error_code ignored_when_closed;
    acceptor_.close(ignored_when_closed);
    pause_.cancel();
    for (const auto& handshake : std::exchange(handshakes_, {})) handshake->cancel();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void accepted(const asio::error_code& error, tcp::socket socket) {
    if (error == asio::error::no_descriptors || error == std::errc::too_many_files_open_in_system ||
        error == asio::error::no_buffer_space || error == asio::error::no_memory) {
      return pause_after(error);
    }
    pausing_ = false;
    asio::error_code gone;
    const auto endpoint = socket.is_open() ? socket.remote_endpoint(gone) : tcp::endpoint{};
    // Any other error belongs to a peer that hung up while it waited to be accepted.
    if (!error && !gone) shake_hands(std::move(socket), to_text(endpoint));
    accept();
  }

  void pause_after(const asio::error_code& error) {
    if (!std::exchange(pausing_, true)) {
      on_refused_("no more connections can be accepted for now (" + error.message() +
                  "): raise the limit of open files, or start fewer clients and drivers");
    }
    pause_.expires_after(accept_pause);
    pause_.async_wait([self = shared_from_this()](const asio::error_code& canceled) {
      if (!canceled && !self->stopped_) self->accept();
    });
  }

  void shake_hands(tcp::socket socket, const std::string& peer) {
    if (handshakes_.size() >= std::max<std::size_t>(options_.handshakes_max, 1)) {
      const auto oldest = std::move(handshakes_.front());
      handshakes_.pop_front();
      oldest->cancel();
      on_refused_(oldest->peer() + " was refused: too many others are shaking hands");
    }
    const auto place = handshakes_.emplace(handshakes_.end());
    proto::Hello ours = options_.hello;
    ours.compression = offers_compression(options_.compression, socket);
    HandshakeOptions options{.side = Side::server,
                             .tls = tls_.get(),
                             .hello = ours,
                             .peer = peer,
                             .deadline = std::chrono::steady_clock::now() + options_.timing.handshake_max,
                             .farewell_max = options_.timing.farewell_max};
    *place = std::make_shared<Handshake>(
        Stream{std::move(socket)}, std::move(options),
        [this, self = weak_from_this(), place, peer, ours](Stream stream, proto::Hello hello) {
          const auto alive = self.lock();
          if (!alive) return;
          handshakes_.erase(place);
          hand_over(std::move(stream), ours, std::move(hello), peer);
        },
        [this, self = weak_from_this(), place](const Error& error) {
          const auto alive = self.lock();
          if (!alive) return;
          handshakes_.erase(place);
          on_refused_(error.what());
        });
    // A copy, because the handshake may end and leave the list at once.
    const auto handshake = *place;
    handshake->start();
  }

  void hand_over(Stream stream, const proto::Hello& ours, proto::Hello hello, const std::string& peer) {
    const auto connection =
        std::make_shared<Connection>(std::move(stream), tls_, ours, std::move(hello), peer, options_.timing);
    on_channel_(connection);
    connection->start();
  }

  AcceptorOptions options_;
  OnChannel on_channel_;
  OnRefused on_refused_;
  std::shared_ptr<const TlsContext> tls_;
  tcp::acceptor acceptor_;
  std::uint16_t port_;
  asio::steady_timer pause_;
  bool pausing_ = false;
  bool stopped_ = false;
  std::list<std::shared_ptr<Handshake>> handshakes_;  ///< Oldest first.
};

Acceptor::Acceptor(asio::io_context& io, AcceptorOptions options, OnChannel on_channel, OnRefused on_refused)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(on_channel), std::move(on_refused))) {
  impl_->accept();
}

Acceptor::~Acceptor() { stop(); }

std::uint16_t Acceptor::port() const { return impl_->port(); }

void Acceptor::stop() { impl_->stop(); }

}  // namespace blitzen::net
