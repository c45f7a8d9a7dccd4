// Numbers in sentences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace blitzen::base {

/// "1 task", "2 tasks"
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view thing) {
  std::string text = std::to_string(count);
  text.append(1, ' ').append(thing);
  if (count != 1) text += 's';
  return text;
}

}  // namespace blitzen::base
