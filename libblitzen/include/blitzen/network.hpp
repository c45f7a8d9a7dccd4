/// \file
/// What a program may want to know about this machine's place in the network.
#pragma once

#include <string>

namespace blitzen {

/// The IPv4 address by which other machines most likely reach this one, such as "192.168.1.2"; "127.0.0.1" when there
/// is no network. Asks the routing table only: sends nothing. Thread-safe; does not throw for want of a network.
[[nodiscard]] std::string get_local_ip();

}  // namespace blitzen
