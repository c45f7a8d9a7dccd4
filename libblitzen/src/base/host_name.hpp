// The name of this machine, for sentences and logs.
#pragma once

#include <string>

namespace blitzen::base {

[[nodiscard]] std::string host_name();
/// As `uname -m` says: "x86_64", "aarch64".
[[nodiscard]] std::string architecture();

}  // namespace blitzen::base
