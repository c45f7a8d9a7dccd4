// Where a piece of code lives: in which module of the image, at which offset. The same in every process of the image,
// wherever the loader put it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "proto/packets.hpp"

namespace blitzen::call {

/// The module that `address` lies in, or nothing if it lies in none.
[[nodiscard]] std::optional<proto::CodeAddress> locate(const void* address);

/// The address of that code in this process; or one sentence that says why it is not there. An address is only given
/// out if it lies in executable memory of the very module (same build id) it was located in.
[[nodiscard]] std::variant<const void*, std::string> resolve(const proto::CodeAddress& code);

}  // namespace blitzen::call
