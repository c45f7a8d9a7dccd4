// Writing to a result as an encoder does: when there is no room, it asks for more.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/shared_bytes.hpp"
#include "pool/result_buffer.hpp"

namespace blitzen::pool::testing {

inline void append(std::string_view text, ResultBuffer& result) {
  const std::size_t used = result.bytes().size();
  if (result.room().size() - used < text.size()) result.grow(used, text.size());
  std::ranges::copy(base::as_bytes(text), result.room().begin() + static_cast<std::ptrdiff_t>(used));
  result.set_size(used + text.size());
}

}  // namespace blitzen::pool::testing
