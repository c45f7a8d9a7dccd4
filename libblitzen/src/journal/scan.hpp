// Goes through the rows of a table that may be damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// The rows of a statement in the order of their keys, upwards. Where SQLite cannot go on, it leaps to the next row
/// that can be read.
class Scan {
 public:
  using OnDamage = std::function<void(const std::string& what)>;

  /// The statement takes `group` as ?1 and selects the rows whose key, its first column, is at least ?2.
  Scan(const Connection& connection, Statement& statement, std::uint64_t group, OnDamage on_damage);
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
  void note(int code);
  void leap();

  const Connection& connection_;
  Statement& statement_;
  const std::uint64_t group_;
  OnDamage on_damage_;
  std::uint64_t from_ = 0;  ///< One past the last key that was accepted.
  std::uint64_t step_ = 0;  ///< How far the last leap went that no intact row has followed yet.
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace blitzen::journal
