// How peers and times read in the log.
#pragma once

#include <chrono>
#include <string>

#include "net/channel.hpp"

namespace blitzen::server {

[[nodiscard]] inline std::string name_of(const net::Channel& channel) {
  const proto::Hello& peer = channel.peer();
  const std::string role = peer.role == proto::Role::client ? "client" : "driver";
  return role + " " + peer.host + " (" + channel.peer_address() + ", process " + std::to_string(peer.process) + ")";
}

[[nodiscard]] inline std::string in_seconds(std::chrono::milliseconds duration) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(duration).count()) + " s";
}

}  // namespace blitzen::server
