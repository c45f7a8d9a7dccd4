// Which known name somebody meant who misspelt it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace blitzen::app {

/// The one of `names` that `name` abbreviates or is a few typing errors away from; empty if there is none.
[[nodiscard]] std::string nearest(std::string_view name, const std::vector<std::string>& names);

}  // namespace blitzen::app
