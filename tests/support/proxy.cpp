#include "tests/support/proxy.hpp"

#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <future>
#include <utility>

namespace blitzen::testing {

using asio::ip::tcp;

/// A connection to the proxy, and its own one to the target.
class Proxy::Link : public std::enable_shared_from_this<Link> {
 public:
  Link(tcp::socket near, asio::io_context& io) : near_(std::move(near)), far_(io) {}

  void start(std::uint16_t target) {
    far_.async_connect({asio::ip::address_v4::loopback(), target},
                       [self = shared_from_this()](const asio::error_code& error) {
                         if (error) return self->reset();
                         self->pass_on(self->near_, self->far_, self->outward_);
                         self->pass_on(self->far_, self->near_, self->inward_);
                       });
  }

  /// Both ends are told that the connection broke, instead of that it ended.
  void reset() {
    for (tcp::socket* socket : {&near_, &far_}) {
      asio::error_code ignored;
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
  }

 private:
  using Buffer = std::array<std::byte, 64 * 1024>;

  void pass_on(tcp::socket& from, tcp::socket& to, Buffer& buffer) {
    from.async_read_some(asio::buffer(buffer), [&, self = shared_from_this()](const asio::error_code& error,
                                                                              std::size_t bytes) {
      if (error) return end(to);
      asio::async_write(to, asio::buffer(buffer.data(), bytes), [&, self](const asio::error_code& broken, std::size_t) {
        if (broken) return self->reset();
        self->pass_on(from, to, buffer);
      });
    });
  }

  static void end(tcp::socket& to) {
    asio::error_code ignored_when_closed;
    to.shutdown(tcp::socket::shutdown_send, ignored_when_closed);
  }

  tcp::socket near_;
  tcp::socket far_;
  Buffer outward_{};
  Buffer inward_{};
};

Proxy::Proxy(std::uint16_t target)
    : target_(target), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

Proxy::~Proxy() {
  io_.stop();
  thread_.join();
}

std::size_t Proxy::cut() {
  std::promise<std::size_t> done;
  asio::post(io_, [&] {
    std::size_t count = 0;
    for (const auto& weak : std::exchange(links_, {})) {
      if (const auto link = weak.lock()) {
        link->reset();
        ++count;
      }
    }
    done.set_value(count);
  });
  return done.get_future().get();
}

void Proxy::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, tcp::socket socket) {
    if (error) return;
    const auto link = std::make_shared<Link>(std::move(socket), io_);
    std::erase_if(links_, [](const auto& weak) { return weak.expired(); });
    links_.push_back(link);
    link->start(target_);
    accept();
  });
}

}  // namespace blitzen::testing
