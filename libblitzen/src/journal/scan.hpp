// Goes through the rows of a table that may be damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// What may still be spent on what is damaged: rows that were never written as they can be read, and the search for
/// rows that can be. Damage can lead SQLite through the same pages again and again, so that there is no other end to
/// it.
class Patience {
 public:
  /// So much for a file of so many bytes that even one without any intact row is looked through.
  explicit Patience(std::uint64_t file_bytes) : left_(least + file_bytes / bytes_per_unit) {}

  [[nodiscard]] bool is_lost() const { return left_ == 0; }
  void spend(std::uint64_t units) { left_ -= units < left_ ? units : left_; }
  void spend_on_row(std::uint64_t bytes) { spend(1 + bytes / (2 * bytes_per_unit)); }

 private:
  static constexpr std::uint64_t least = 128 * 1024;
  static constexpr std::uint64_t bytes_per_unit = 8;  ///< No row takes fewer.

  std::uint64_t left_;
};

/// The rows of a statement in the order of their keys, upwards. Where SQLite cannot go on, it leaps to the next row
/// that can be read, until its patience is lost.
class Scan {
 public:
  using OnDamage = std::function<void(const std::string& what)>;

  /// The statement takes `group` as ?1 and selects the rows whose key, its first column, is at least ?2.
  Scan(const Connection& connection, Statement& statement, std::uint64_t group, Patience& patience, OnDamage on_damage);
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;
  ~Scan() { statement_.reset(); }

  /// False at the end. Throws Error for what has nothing to do with the state of the file.
  [[nodiscard]] bool next();
  /// To be asked for each row that proves intact: false when its key does not come after those before.
  [[nodiscard]] bool accept();

 private:
  [[nodiscard]] int start(std::uint64_t from);
  [[nodiscard]] bool can_start(std::uint64_t from);
  [[nodiscard]] bool stands_at(std::uint64_t position);
  void note(int code);
  void leap();
  void pass_rows_seen();
  void give_up();

  const Connection& connection_;
  Statement& statement_;
  const std::uint64_t group_;
  Patience& patience_;
  OnDamage on_damage_;
  std::uint64_t from_ = 0;  ///< One past the last key that was accepted.
  std::uint64_t step_ = 0;  ///< How far the last leap went that no intact row has followed yet.
  std::uint64_t seen_ = 0;  ///< The key of the last row, intact or not.
  bool is_open_ = false;    ///< The last row has not been accepted.
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace blitzen::journal
