#include "apps/bench/number_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace blitzen::bench {

std::string number_text(double number) {
  constexpr int significant = 3;
  constexpr int decimals_max = 6;
  const int before_point = number == 0 ? 1 : static_cast<int>(std::floor(std::log10(std::abs(number)))) + 1;
  const int decimals = std::clamp(significant - before_point, 0, decimals_max);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.*f", decimals, number);
  std::string digits = buffer.data();
  if (decimals > 0) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
  }

  const auto end_of_groups = std::min(digits.find('.'), digits.size());
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const bool between_digits = i > 0 && i < end_of_groups && digits[i - 1] != '-';
    if (between_digits && (end_of_groups - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace blitzen::bench
