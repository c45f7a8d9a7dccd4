// Amounts of memory in sentences.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace blitzen::base {

/// "512 MiB", "1.21 GiB": in the largest unit of which there is one, rounded up to hundredths.
[[nodiscard]] inline std::string size_text(std::uint64_t bytes) {
  constexpr std::array units{" bytes", " KiB", " MiB", " GiB", " TiB"};
  constexpr std::uint64_t step = 1024;
  std::uint64_t unit = 1;
  std::size_t name = 0;
  for (; name + 1 < units.size() && bytes / unit >= step; ++name) unit *= step;
  constexpr std::uint64_t hundred = 100;
  std::uint64_t whole = bytes / unit;
  std::uint64_t hundredths = (bytes % unit * hundred + unit - 1) / unit;
  whole += hundredths / hundred;
  hundredths %= hundred;
  std::string text = std::to_string(whole);
  if (hundredths > 0) {
    text += hundredths < 10 ? ".0" : ".";
    text += std::to_string(hundredths % 10 == 0 ? hundredths / 10 : hundredths);
  }
  return text + units[name];
}

}  // namespace blitzen::base
