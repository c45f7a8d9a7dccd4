#include "net/address.hpp"

#include <asio/ip/address.hpp>

namespace blitzen::net {

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

bool is_loopback(const std::string& host) {
  const std::string bare = without_brackets(host);
  asio::error_code not_numeric;
  const auto address = asio::ip::make_address(bare, not_numeric);
  return bare == "localhost" || (!not_numeric && address.is_loopback());
}

std::string with_port(const std::string& host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace blitzen::net
