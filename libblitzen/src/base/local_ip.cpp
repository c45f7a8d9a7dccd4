#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <optional>

#include "base/unique_fd.hpp"
#include "blitzen/network.hpp"

namespace blitzen {
namespace {

std::string to_text(const in_addr& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  return ::inet_ntop(AF_INET, &address, text.data(), text.size());
}

/// The source address the kernel would choose for a packet to the outside. Connecting a datagram socket only looks the
/// route up; the destination is an address reserved for documentation.
std::optional<std::string> address_of_default_route() {
  const base::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return std::nullopt;
  sockaddr_in outside{};
  outside.sin_family = AF_INET;
  outside.sin_port = htons(9);
  ::inet_pton(AF_INET, "192.0.2.1", &outside.sin_addr);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&outside), sizeof outside) != 0) return std::nullopt;
  sockaddr_in own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
  return to_text(own.sin_addr);
}

/// For networks without a default route.
std::optional<std::string> address_of_first_interface() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner{list, &::freeifaddrs};
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    const bool usable = (entry->ifa_flags & IFF_UP) != 0 && (entry->ifa_flags & IFF_LOOPBACK) == 0;
    if (!usable || entry->ifa_addr == nullptr || entry->ifa_addr->sa_family != AF_INET) continue;
    return to_text(reinterpret_cast<const sockaddr_in*>(entry->ifa_addr)->sin_addr);
  }
  return std::nullopt;
}

}  // namespace

std::string get_local_ip() {
  if (auto address = address_of_default_route()) return *address;
  return address_of_first_interface().value_or("127.0.0.1");
}

}  // namespace blitzen
