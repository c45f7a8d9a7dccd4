// How many rows each table has, and what they add up to: without that, nobody would notice when rows are gone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

enum class Table : std::uint8_t { driver, function, task, started, outcome, piece };

inline constexpr std::size_t table_count = 6;

/// The digest is the sum of the rows' checksums, whatever their order.
struct Tally {
  std::uint64_t rows = 0;
  std::uint64_t digest = 0;

  void add(std::uint64_t checksum) {
    ++rows;
    digest += checksum;
  }
  void remove(std::uint64_t checksum) {
    --rows;
    digest -= checksum;
  }
  bool operator==(const Tally&) const = default;
};

/// Kept in the file, in the transaction that changes the rows.
class Tallies {
 public:
  explicit Tallies(const Connection& connection);

  /// Throws Error when they cannot be read, or were not written like this.
  void load();
  void save();
  /// Of an empty journal.
  void save_first();

  [[nodiscard]] Tally& of(Table table) { return tallies_[static_cast<std::size_t>(table)]; }

 private:
  void write(std::uint64_t id, const Tally& tally);

  const Connection& connection_;
  std::array<Tally, table_count> tallies_{};
  std::array<Tally, table_count> saved_{};
  Statement select_;
  Statement replace_;
};

}  // namespace blitzen::journal
