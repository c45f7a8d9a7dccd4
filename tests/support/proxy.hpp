// A TCP proxy on loopback that does to connections what networks do.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace blitzen::testing {

/// What a proxy does to everything that passes it.
struct Weather {
  std::chrono::milliseconds delay{0};      ///< Each way.
  std::size_t piece_bytes_max{64 * 1024};  ///< Most bytes that travel together.
};

/// Passes everything on to a port of loopback, both ways, until it is told otherwise. Works in a thread of its own;
/// every member may be called from any thread.
class Proxy {
 public:
  explicit Proxy(std::uint16_t target);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  /// Where to connect instead of to the target.
  [[nodiscard]] std::uint16_t port() const { return port_; }

  /// Resets every connection there is. Returns how many there were, when it is done.
  std::size_t cut();
  /// From now on nothing passes through the connections there are, and no end of theirs hears of the other's end.
  /// Returns how many there were, when it is done.
  std::size_t mute();
  /// Who connects from now on gets no answer before release().
  void detain();
  void release();
  /// From now on, for all connections.
  void set_weather(const Weather& weather);

  /// Keeps a copy of what passes from now on, up to `recorded_bytes_max`.
  void start_recording();
  /// What was recorded: what was said to the target, and what the target said. Empties the recording.
  struct Recording {
    std::string said;
    std::string answered;
  };
  [[nodiscard]] Recording take_recording();

 private:
  class Link;

  void accept();
  void pass(asio::ip::tcp::socket near);
  /// Calls `act` in the proxy's thread and returns when that is done.
  void perform(const std::function<void()>& act);
  /// Calls `act` for every connection there is, and forgets them. Returns how many there were.
  std::size_t for_each_link(void (Link::*act)());

  std::uint16_t target_;
  Weather weather_;
  bool detaining_ = false;
  bool recording_ = false;
  Recording recorded_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::vector<std::weak_ptr<Link>> links_;
  std::vector<asio::ip::tcp::socket> detained_;
  std::thread thread_;
};

}  // namespace blitzen::testing
