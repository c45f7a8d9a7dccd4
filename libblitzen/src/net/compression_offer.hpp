// Whether to tell a peer that this side likes to compress.
#pragma once

#include <asio/ip/tcp.hpp>

#include "blitzen/compression.hpp"

namespace blitzen::net {

/// For a connection between these two addresses.
[[nodiscard]] bool offers_compression(Compression choice, const asio::ip::address& own, const asio::ip::address& peer);

/// For this connection.
[[nodiscard]] bool offers_compression(Compression choice, const asio::ip::tcp::socket& socket);

}  // namespace blitzen::net
