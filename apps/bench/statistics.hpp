// Numbers that stand for many.
#pragma once

#include <cstdint>
#include <vector>

namespace blitzen::bench {

/// The value below which this share (0 to 1) of the samples lies. There must be at least one.
[[nodiscard]] double quantile(std::vector<double> samples, double share);
[[nodiscard]] inline double median(std::vector<double> samples) { return quantile(std::move(samples), 0.5); }

/// How long something took that was done many times, in microseconds.
struct Latency {
  double p50;
  double p99;
};

[[nodiscard]] Latency latency_of(const std::vector<std::int64_t>& nanoseconds);

}  // namespace blitzen::bench
