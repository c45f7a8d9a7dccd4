// What simulated tasks carry: who they are, so that the history can tell whose outcome it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.hpp"

namespace blitzen::sim {

/// A task, whatever the server calls its driver.
struct TaskKey {
  std::uint64_t driver = 0;
  std::uint64_t number = 0;
  // NOLINTNEXTLINE(modernize-use-nullptr): there is no 0
  friend auto operator<=>(const TaskKey&, const TaskKey&) = default;
};

/// How its executions end.
enum class Nature : std::uint64_t {
  value,
  error,
  crash,    ///< Its worker dies.
  shaky,    ///< Its worker dies sometimes.
  hang,     ///< It is ended by its timeout.
  endless,  ///< It goes on until it is cancelled.
};

struct Arguments {
  static constexpr std::uint64_t mark_value = 0xa79f5eed00000001U;
  std::uint64_t mark = mark_value;
  TaskKey task{};
  std::uint64_t salt = 0;
  Nature nature = Nature::value;
  std::uint64_t runs_ns = 0;
  std::uint64_t result_bytes = 0;
};

struct Result {
  static constexpr std::uint64_t mark_value = 0xa79f5eed00000002U;
  std::uint64_t mark = mark_value;
  TaskKey task{};
  std::uint64_t salt = 0;
  std::uint64_t execution = 0;
  std::uint64_t stale = 0;  ///< 1: nobody must be told this.
};

/// The bytes of it, and zeros to make them at least so many.
template <class Payload>
[[nodiscard]] std::vector<std::byte> to_bytes(const Payload& payload, std::uint64_t bytes_min) {
  std::vector<std::byte> bytes(std::max<std::size_t>(sizeof payload, bytes_min));
  std::memcpy(bytes.data(), &payload, sizeof payload);
  return bytes;
}

/// Empty for bytes that are something else.
template <class Payload>
[[nodiscard]] std::optional<Payload> from_bytes(std::span<const std::byte> bytes) {
  Payload payload;
  if (bytes.size() < sizeof payload) return std::nullopt;
  std::memcpy(&payload, bytes.data(), sizeof payload);
  if (payload.mark != Payload::mark_value) return std::nullopt;
  return payload;
}

}  // namespace blitzen::sim
