#include "tests/support/proxy.hpp"

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>
#include <deque>
#include <future>
#include <utility>

namespace blitzen::testing {
namespace {

using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

/// On their way at once, in one direction of one connection; who sends more has to wait.
constexpr std::size_t queued_bytes_max = 4 * 1024 * 1024;
constexpr std::size_t recorded_bytes_max = 256 * 1024 * 1024;

}  // namespace

/// A connection to the proxy, and its own one to the target.
class Proxy::Link : public std::enable_shared_from_this<Link> {
 public:
  Link(tcp::socket near, Proxy& proxy)
      : proxy_(proxy),
        near_(std::move(near)),
        far_(proxy.io_),
        outward_(near_, far_, proxy.recorded_.said, proxy.io_),
        inward_(far_, near_, proxy.recorded_.answered, proxy.io_) {}

  void start() {
    far_.async_connect({asio::ip::address_v4::loopback(), proxy_.target_},
                       [self = shared_from_this()](const asio::error_code& error) {
                         if (error) return self->reset();
                         for (tcp::socket* socket : {&self->near_, &self->far_}) {
                           asio::error_code ignored;
                           socket->set_option(tcp::no_delay(true), ignored);
                         }
                         self->read(self->outward_);
                         self->read(self->inward_);
                       });
  }

  /// Both ends are told that the connection broke, instead of that it ended.
  void reset() {
    for (tcp::socket* socket : {&near_, &far_}) {
      asio::error_code ignored;
      socket->set_option(asio::socket_base::linger(true, 0), ignored);
      socket->close(ignored);
    }
    for (Way* way : {&outward_, &inward_}) way->due.cancel();
  }

  void mute() { muted_ = true; }

 private:
  /// Something on its way; without bytes, the end of all that was said.
  struct Piece {
    Clock::time_point due;
    std::vector<std::byte> bytes;
  };

  /// One direction.
  struct Way {
    Way(tcp::socket& source, tcp::socket& sink, std::string& copy, asio::io_context& io)
        : from(source), to(sink), recorded(copy), due(io) {}

    tcp::socket& from;
    tcp::socket& to;
    std::string& recorded;
    asio::steady_timer due;
    std::array<std::byte, 64 * 1024> buffer{};
    std::deque<Piece> pieces;
    std::size_t queued = 0;
    std::size_t written = 0;  ///< Of the first piece.
    bool reading = false;
    bool writing = false;
  };

  void read(Way& way) {
    way.reading = true;
    way.from.async_read_some(asio::buffer(way.buffer),
                             [this, &way, self = shared_from_this()](const asio::error_code& error, std::size_t bytes) {
                               way.reading = false;
                               if (muted_ && error) return;
                               if (!muted_) take_in(way, error ? 0 : bytes);
                               if (!error && way.queued < queued_bytes_max) read(way);
                             });
  }

  void take_in(Way& way, std::size_t bytes) {
    const auto text = reinterpret_cast<const char*>(way.buffer.data());
    if (proxy_.recording_ && way.recorded.size() + bytes <= recorded_bytes_max) way.recorded.append(text, bytes);
    way.queued += bytes;
    way.pieces.push_back({Clock::now() + proxy_.weather_.delay, {way.buffer.data(), way.buffer.data() + bytes}});
    pass_on(way);
  }

  void pass_on(Way& way) {
    if (muted_ || way.writing || way.pieces.empty()) return;
    const Piece& piece = way.pieces.front();
    way.writing = true;
    if (piece.due > Clock::now()) {
      way.due.expires_at(piece.due);
      way.due.async_wait([this, &way, self = shared_from_this()](const asio::error_code& error) {
        way.writing = false;
        if (!error) pass_on(way);
      });
    } else if (piece.bytes.empty()) {
      asio::error_code ignored_when_closed;
      way.to.shutdown(tcp::socket::shutdown_send, ignored_when_closed);
    } else {
      write(way, piece);
    }
  }

  void write(Way& way, const Piece& piece) {
    const std::size_t bytes = std::min(piece.bytes.size() - way.written, proxy_.weather_.piece_bytes_max);
    asio::async_write(way.to, asio::buffer(piece.bytes.data() + way.written, bytes),
                      [this, &way, bytes, self = shared_from_this()](const asio::error_code& error, std::size_t) {
                        if (error) {
                          if (!muted_) reset();
                          return;
                        }
                        wrote(way, bytes);
                      });
  }

  void wrote(Way& way, std::size_t bytes) {
    way.writing = false;
    way.queued -= bytes;
    way.written += bytes;
    if (way.written == way.pieces.front().bytes.size()) {
      way.pieces.pop_front();
      way.written = 0;
    }
    if (!way.reading && way.queued < queued_bytes_max && way.from.is_open()) read(way);
    pass_on(way);
  }

  Proxy& proxy_;
  tcp::socket near_;
  tcp::socket far_;
  Way outward_;
  Way inward_;
  bool muted_ = false;
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

std::size_t Proxy::cut() { return for_each_link(&Link::reset); }

std::size_t Proxy::mute() { return for_each_link(&Link::mute); }

void Proxy::detain() {
  perform([&] { detaining_ = true; });
}

void Proxy::release() {
  perform([&] {
    detaining_ = false;
    for (tcp::socket& near : std::exchange(detained_, {})) pass(std::move(near));
  });
}

void Proxy::set_weather(const Weather& weather) {
  perform([&] { weather_ = weather; });
}

void Proxy::start_recording() {
  perform([&] { recording_ = true; });
}

Proxy::Recording Proxy::take_recording() {
  Recording taken;
  perform([&] { taken = std::exchange(recorded_, {}); });
  return taken;
}

void Proxy::perform(const std::function<void()>& act) {
  std::promise<void> done;
  asio::post(io_, [&] {
    act();
    done.set_value();
  });
  done.get_future().wait();
}

std::size_t Proxy::for_each_link(void (Link::*act)()) {
  std::size_t count = 0;
  perform([&] {
    for (const auto& weak : std::exchange(links_, {})) {
      if (const auto link = weak.lock()) {
        (*link.*act)();
        ++count;
      }
    }
  });
  return count;
}

void Proxy::accept() {
  acceptor_.async_accept([this](const asio::error_code& error, tcp::socket socket) {
    if (error) return;
    if (detaining_) {
      detained_.push_back(std::move(socket));
    } else {
      pass(std::move(socket));
    }
    accept();
  });
}

void Proxy::pass(tcp::socket near) {
  const auto link = std::make_shared<Link>(std::move(near), *this);
  std::erase_if(links_, [](const auto& weak) { return weak.expired(); });
  links_.push_back(link);
  link->start();
}

}  // namespace blitzen::testing
