// Hosts and ports as text. IPv6 addresses stand in brackets before a port, and nowhere else.
#pragma once

#include <cstdint>
#include <string>

namespace blitzen::net {

/// "::1" for "[::1]", as some write it; anything else as it is.
[[nodiscard]] std::string without_brackets(const std::string& host);

/// Whether it names this machine's loopback interface: "localhost", "127.0.0.1", "::1".
[[nodiscard]] bool is_loopback(const std::string& host);

/// "node7:50000", "192.168.1.7:50000", "[::1]:50000"
[[nodiscard]] std::string with_port(const std::string& host, std::uint16_t port);

}  // namespace blitzen::net
