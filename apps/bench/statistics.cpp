#include "apps/bench/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace blitzen::bench {

double quantile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  const double place = share * static_cast<double>(samples.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const auto above = std::min(below + 1, samples.size() - 1);
  return std::lerp(samples[below], samples[above], place - static_cast<double>(below));
}

Latency latency_of(const std::vector<std::int64_t>& nanoseconds) {
  std::vector<double> microseconds;
  microseconds.reserve(nanoseconds.size());
  for (const auto time : nanoseconds) microseconds.push_back(static_cast<double>(time) / 1000);
  return {quantile(microseconds, 0.5), quantile(microseconds, 0.99)};
}

}  // namespace blitzen::bench
