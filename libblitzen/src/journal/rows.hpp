// The checksum of each kind of row: over its table, its keys, and all that stands in it.
#pragma once

#include <cstdint>
#include <span>

#include "journal/checksum.hpp"
#include "journal/records.hpp"
#include "journal/tallies.hpp"

namespace blitzen::journal {

/// Bytes as they are divided: what stands in the row itself, how many pieces follow, and how many bytes that makes.
struct Divided {
  std::span<const std::byte> first;
  std::uint64_t pieces = 0;
  std::uint64_t size = 0;
};

[[nodiscard]] inline std::uint64_t mark_of(Table table) { return static_cast<std::uint64_t>(table); }

[[nodiscard]] inline std::uint64_t row_checksum(const DriverJoined& it) {
  return checksum(
      {mark_of(Table::driver), it.driver, std::uint64_t{it.keeps}, it.numbers_below, checksum({}, it.session)},
      base::as_bytes(it.job));
}

[[nodiscard]] inline std::uint64_t row_checksum(const FunctionDefined& it, const Divided& definition) {
  return checksum({mark_of(Table::function), it.driver, it.index, definition.pieces, definition.size},
                  definition.first);
}

[[nodiscard]] inline std::uint64_t row_checksum(const TaskAccepted& it, const Divided& arguments) {
  return checksum({mark_of(Table::task), it.driver, it.number, it.function, it.timeout_ns, it.worker_deaths_max,
                   arguments.pieces, arguments.size},
                  arguments.first);
}

[[nodiscard]] inline std::uint64_t row_checksum(const TaskStarted& it) {
  return checksum({mark_of(Table::started), it.driver, it.number});
}

[[nodiscard]] inline std::uint64_t row_checksum(const TaskSettled& it, const Divided& content) {
  return checksum({mark_of(Table::outcome), it.driver, it.number, it.outcome, it.ran_ns, content.pieces, content.size},
                  content.first);
}

[[nodiscard]] inline std::uint64_t piece_checksum(Table of, std::uint64_t driver, std::uint64_t number,
                                                  std::uint64_t piece, std::span<const std::byte> bytes) {
  return checksum({mark_of(Table::piece), mark_of(of), driver, number, piece}, bytes);
}

}  // namespace blitzen::journal
