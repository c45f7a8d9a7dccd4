#include "net/compression_offer.hpp"

namespace blitzen::net {
namespace {

/// A server that listens on :: sees IPv4 addresses in the disguise of IPv6 ones.
asio::ip::address plain(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
}

}  // namespace

bool offers_compression(Compression choice, const asio::ip::address& own, const asio::ip::address& peer) {
  switch (choice) {
    case Compression::automatic:
      return !plain(peer).is_loopback() && plain(peer) != plain(own);
    case Compression::on:
      return true;
    case Compression::off:
      break;
  }
  return false;
}

bool offers_compression(Compression choice, const asio::ip::tcp::socket& socket) {
  // A peer that has hung up already has no address; then nothing will be sent to it anyway.
  asio::error_code gone;
  const auto own = socket.local_endpoint(gone).address();
  const auto peer = socket.remote_endpoint(gone).address();
  return offers_compression(choice, own, peer);
}

}  // namespace blitzen::net
