// Peers without the cluster key, who want in or only to be in the way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "net/cluster_key.hpp"
#include "tests/e2e/loopback.hpp"

namespace blitzen::soak {

/// What somebody without the key may say first, a different kind for each `number`: noise, a Hello without encryption,
/// TLS that turns into noise, a frame that announces too much, another protocol.
[[nodiscard]] e2e::Bytes garbage(std::uint64_t number);

/// A driver's first words, as if there were no encryption.
[[nodiscard]] e2e::Bytes plain_hello();

enum class TlsTry : std::uint8_t { wrong_secret, wrong_identity, no_key, version_1_2 };

/// Tries to get in over TLS. True if the server answered a Hello with anything.
[[nodiscard]] bool gets_in(std::uint16_t port, TlsTry kind, const net::ClusterKey& right_key);

/// For the role "flood": PORT COUNT SECONDS idle|garbage. Makes so many connections within so many seconds, keeps all
/// of them and lingers until SIGTERM.
void flood_server(const std::vector<std::string>& arguments);

}  // namespace blitzen::soak
