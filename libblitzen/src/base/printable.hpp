// Text of others, fit to be shown.
#pragma once

#include <string>
#include <string_view>

namespace blitzen::base {

/// With line breaks and other control characters spelt out, so that what a peer said cannot forge or hide lines.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace blitzen::base
