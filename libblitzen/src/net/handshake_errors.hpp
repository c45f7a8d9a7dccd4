// What can go wrong before a channel is open, as the sentences people read.
#pragma once

#include <string>
#include <vector>

#include "blitzen/error.hpp"
#include "net/stream.hpp"
#include "proto/codec.hpp"

namespace blitzen::net {

// What a connector tells. `server` is "host:port".
[[nodiscard]] Error server_unreachable(const std::string& server, const std::string& cause);
[[nodiscard]] Error server_unknown(const std::string& host, const std::string& cause);
[[nodiscard]] Error server_needs_key(const std::string& server);
[[nodiscard]] Error server_not_blitzen(const std::string& server);
[[nodiscard]] Error server_silent(const std::string& server);
/// Sorts a failure of TLS or of the connection. `key_file` is where this program's key is from, or empty.
[[nodiscard]] Error server_failed(const std::string& server, const std::string& key_file, const IoResult& result);
[[nodiscard]] Error server_said_goodbye(const std::string& server, const proto::Goodbye& goodbye);

// What an acceptor logs. `peer` is "address:port".
[[nodiscard]] Error peer_without_key(const std::string& peer);
[[nodiscard]] Error peer_with_key(const std::string& peer);
[[nodiscard]] Error peer_not_blitzen(const std::string& peer);
[[nodiscard]] Error peer_silent(const std::string& peer);
[[nodiscard]] Error peer_failed(const std::string& peer, const IoResult& result);

/// One sentence that names both sides' versions and whom to update.
[[nodiscard]] std::string version_sentence(const std::string& one_name, const proto::HelloVersions& one,
                                           const std::string& other_name, const proto::HelloVersions& other);

/// A Goodbye with its frame header.
[[nodiscard]] std::vector<std::byte> goodbye_frame(proto::GoodbyeReason reason, const std::string& sentence);

/// The TLS alert by which a server with --insecure answers a peer that speaks TLS.
[[nodiscard]] std::vector<std::byte> insecure_alert();

}  // namespace blitzen::net
