// What each record does to the tables of a journal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_set>

#include "journal/records.hpp"
#include "journal/rows.hpp"
#include "journal/sqlite.hpp"
#include "journal/tallies.hpp"

namespace blitzen::journal {

/// To be used within transactions. After an error it is of no more use.
class Changes {
 public:
  /// Bytes beyond `piece_bytes` are continued in further rows.
  Changes(const Connection& connection, std::size_t piece_bytes);

  /// Throws Error.
  void apply(const Record& record);
  /// The last step of a transaction. Throws Error.
  void save();

 private:
  /// The statements that find and delete rows from one number to another.
  struct Removal {
    Statement select;
    Statement remove;
  };

  void on(const DriverJoined& it);
  void on(const DriverChanged& it);
  void on(const DriverForgotten& it);
  void on(const FunctionDefined& it);
  void on(const TaskAccepted& it);
  void on(const TaskStarted& it);
  void on(const TaskSettled& it);
  void on(const OutcomesAcknowledged& it);

  void insert(const DriverJoined& it);
  void remove(std::uint32_t driver);
  [[nodiscard]] bool knows(std::uint32_t driver);
  [[nodiscard]] static bool finds(Statement& statement, std::uint64_t driver, std::uint64_t number);
  [[nodiscard]] Divided divide(const base::SharedBytes& bytes) const;
  /// Whether the insert that was just run was one.
  bool count_insert(Table table, std::uint64_t checksum);
  void insert_pieces(Table of, std::uint64_t driver, std::uint64_t number, const base::SharedBytes& bytes);
  void remove(Table table, std::uint64_t driver, std::uint64_t first, std::uint64_t last);
  void remove_pieces(Table of, std::uint64_t driver, std::uint64_t first, std::uint64_t last);

  const Connection& connection_;
  const std::size_t piece_bytes_;
  Tallies tallies_;
  bool loaded_ = false;
  std::unordered_set<std::uint32_t> known_;  ///< Some of the drivers that are there.
  Statement find_driver_;
  Statement find_task_;
  Statement find_outcome_;
  Statement insert_driver_;
  Statement insert_function_;
  Statement insert_task_;
  Statement insert_started_;
  Statement insert_outcome_;
  Statement insert_piece_;
  Statement select_driver_;
  Statement remove_driver_;
  Statement select_pieces_;
  Statement remove_pieces_;
  std::array<Removal, 4> removals_;  ///< Of functions, tasks, started marks and outcomes.
};

}  // namespace blitzen::journal
