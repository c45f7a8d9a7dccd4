#include "base/printable.hpp"

namespace blitzen::base {

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  shown.reserve(text.size());
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n') {
      shown += "\\n";
    } else if (code < 0x20 || code == 0x7f) {
      shown += {'\\', 'x', digits[code >> 4U], digits[code & 0xfU]};
    } else {
      shown += c;
    }
  }
  return shown;
}

}  // namespace blitzen::base
