// Functions by their registered names.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "blitzen/detail/call.hpp"

namespace blitzen::call {

[[nodiscard]] std::optional<detail::Callable> find_registered(std::string_view name);

/// The name a function was registered under, if it was.
[[nodiscard]] std::optional<std::string> registered_name(const detail::Callable& callable);

/// A sentence about a name that was registered for two different functions, if there is one.
[[nodiscard]] std::optional<std::string> registration_conflict();

}  // namespace blitzen::call
