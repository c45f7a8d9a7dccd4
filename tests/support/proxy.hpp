// A TCP proxy on loopback that does to connections what networks do.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace blitzen::testing {

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

 private:
  class Link;

  void accept();

  std::uint16_t target_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::vector<std::weak_ptr<Link>> links_;
  std::thread thread_;
};

}  // namespace blitzen::testing
