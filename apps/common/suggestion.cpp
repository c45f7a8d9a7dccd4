#include "apps/common/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace blitzen::app {
namespace {

/// How many letters to add, drop, replace or swap with their neighbour to turn one text into the other.
std::size_t typing_errors(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(to.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::vector<std::size_t> row{i};
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row.push_back(std::min({replaced, last[j] + 1, row[j - 1] + 1}));
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::exchange(last, std::move(row));
  }
  return last.back();
}

}  // namespace

std::string nearest(std::string_view name, const std::vector<std::string>& names) {
  if (name.empty()) return {};
  std::string found;
  std::size_t fewest = std::max<std::size_t>(1, name.size() / 3) + 1;  // more is another word
  for (const auto& candidate : names) {
    const std::size_t errors = candidate.starts_with(name) ? 0 : typing_errors(name, candidate);
    if (errors >= fewest) continue;
    fewest = errors;
    found = candidate;
  }
  return found;
}

}  // namespace blitzen::app
