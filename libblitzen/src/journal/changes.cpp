#include "journal/changes.hpp"

#include <algorithm>
#include <limits>
#include <variant>

namespace blitzen::journal {
namespace {

/// SQLite's integers have a sign.
constexpr std::uint64_t lowest = std::uint64_t{1} << 63U;
constexpr std::uint64_t highest = lowest - 1;

}  // namespace

Changes::Changes(const Connection& connection, std::size_t piece_bytes)
    : connection_(connection),
      piece_bytes_(piece_bytes),
      tallies_(connection),
      find_driver_(connection, "SELECT 1 FROM driver WHERE driver = ?1"),
      find_task_(connection, "SELECT 1 FROM task WHERE driver = ?1 AND number = ?2"),
      find_outcome_(connection, "SELECT 1 FROM outcome WHERE driver = ?1 AND number = ?2"),
      insert_driver_(connection, "INSERT INTO driver VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
      insert_function_(connection, "INSERT OR IGNORE INTO function VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
      insert_task_(connection, "INSERT OR IGNORE INTO task VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      insert_started_(connection, "INSERT OR IGNORE INTO started VALUES(?1, ?2, ?3)"),
      insert_outcome_(connection, "INSERT OR IGNORE INTO outcome VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      insert_piece_(connection, "INSERT INTO piece VALUES(?1, ?2, ?3, ?4, ?5, ?6)"),
      select_driver_(connection, "SELECT checksum FROM driver WHERE driver = ?1"),
      remove_driver_(connection, "DELETE FROM driver WHERE driver = ?1"),
      select_pieces_(connection,
                     "SELECT checksum FROM piece WHERE driver = ?1 AND of = ?2 AND number BETWEEN ?3 AND ?4"),
      remove_pieces_(connection, "DELETE FROM piece WHERE driver = ?1 AND of = ?2 AND number BETWEEN ?3 AND ?4"),
      removals_{{
          {{connection, "SELECT checksum, pieces FROM function WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"},
           {connection, "DELETE FROM function WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"}},
          {{connection, "SELECT checksum, pieces FROM task WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"},
           {connection, "DELETE FROM task WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"}},
          {{connection, "SELECT checksum, 0 FROM started WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"},
           {connection, "DELETE FROM started WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"}},
          {{connection, "SELECT checksum, pieces FROM outcome WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"},
           {connection, "DELETE FROM outcome WHERE driver = ?1 AND number BETWEEN ?2 AND ?3"}},
      }} {}

void Changes::apply(const Record& record) {
  if (!loaded_) tallies_.load();
  loaded_ = true;
  std::visit([this](const auto& it) { on(it); }, record);
}

void Changes::save() {
  if (loaded_) tallies_.save();
}

void Changes::on(const DriverJoined& it) {
  if (knows(it.driver)) return;
  insert(it);
  known_.insert(it.driver);
}

void Changes::on(const DriverChanged& it) {
  if (!knows(it.now.driver)) return;
  remove(it.now.driver);
  insert(it.now);
}

void Changes::on(const DriverForgotten& it) {
  if (!knows(it.driver)) return;
  for (const Table table : {Table::function, Table::task, Table::started, Table::outcome})
    remove(table, it.driver, lowest, highest);
  remove(it.driver);
  known_.erase(it.driver);
}

void Changes::on(const FunctionDefined& it) {
  if (!knows(it.driver)) return;
  const Divided definition = divide(it.definition);
  const std::uint64_t sum = row_checksum(it, definition);
  insert_function_.run(std::uint64_t{it.driver}, std::uint64_t{it.index}, sum, definition.pieces, definition.size,
                       definition.first);
  if (count_insert(Table::function, sum)) insert_pieces(Table::function, it.driver, it.index, it.definition);
}

void Changes::on(const TaskAccepted& it) {
  if (!knows(it.driver) || finds(find_outcome_, it.driver, it.number)) return;
  const Divided arguments = divide(it.arguments);
  const std::uint64_t sum = row_checksum(it, arguments);
  insert_task_.run(std::uint64_t{it.driver}, it.number, sum, arguments.pieces, arguments.size,
                   std::uint64_t{it.function}, it.timeout_ns, std::uint64_t{it.worker_deaths_max}, arguments.first);
  if (count_insert(Table::task, sum)) insert_pieces(Table::task, it.driver, it.number, it.arguments);
}

void Changes::on(const TaskStarted& it) {
  if (!knows(it.driver) || !finds(find_task_, it.driver, it.number)) return;
  const std::uint64_t sum = row_checksum(it);
  insert_started_.run(std::uint64_t{it.driver}, it.number, sum);
  count_insert(Table::started, sum);
}

void Changes::on(const TaskSettled& it) {
  if (!knows(it.driver)) return;
  remove(Table::task, it.driver, it.number, it.number);
  remove(Table::started, it.driver, it.number, it.number);
  const Divided content = divide(it.content);
  const std::uint64_t sum = row_checksum(it, content);
  insert_outcome_.run(std::uint64_t{it.driver}, it.number, sum, content.pieces, content.size, std::uint64_t{it.outcome},
                      it.ran_ns, content.first);
  if (count_insert(Table::outcome, sum)) insert_pieces(Table::outcome, it.driver, it.number, it.content);
}

void Changes::on(const OutcomesAcknowledged& it) {
  if (knows(it.driver)) remove(Table::outcome, it.driver, it.first, it.last);
}

void Changes::insert(const DriverJoined& it) {
  const std::uint64_t sum = row_checksum(it);
  insert_driver_.run(std::uint64_t{it.driver}, sum, std::uint64_t{it.keeps}, it.numbers_below,
                     std::span<const std::byte>(it.session), base::as_bytes(it.job));
  tallies_.of(Table::driver).add(sum);
}

void Changes::remove(std::uint32_t driver) {
  select_driver_.bind(std::uint64_t{driver}).step();
  tallies_.of(Table::driver).remove(select_driver_.number(0));
  select_driver_.reset();
  remove_driver_.run(std::uint64_t{driver});
}

bool Changes::knows(std::uint32_t driver) {
  if (known_.contains(driver)) return true;
  const bool found = find_driver_.bind(std::uint64_t{driver}).step();
  find_driver_.reset();
  if (found) known_.insert(driver);
  return found;
}

bool Changes::finds(Statement& statement, std::uint64_t driver, std::uint64_t number) {
  const bool found = statement.bind(driver, number).step();
  statement.reset();
  return found;
}

Divided Changes::divide(const base::SharedBytes& bytes) const {
  const auto all = bytes.bytes();
  const auto first = all.first(std::min(all.size(), piece_bytes_));
  return {first, (all.size() - first.size() + piece_bytes_ - 1) / piece_bytes_, all.size()};
}

bool Changes::count_insert(Table table, std::uint64_t checksum) {
  if (sqlite3_changes64(connection_.get()) == 0) return false;
  tallies_.of(table).add(checksum);
  return true;
}

void Changes::insert_pieces(Table of, std::uint64_t driver, std::uint64_t number, const base::SharedBytes& bytes) {
  auto rest = bytes.bytes();
  rest = rest.subspan(std::min(rest.size(), piece_bytes_));
  for (std::uint64_t piece = 1; !rest.empty(); ++piece) {
    const auto part = rest.first(std::min(rest.size(), piece_bytes_));
    const std::uint64_t sum = piece_checksum(of, driver, number, piece, part);
    insert_piece_.run(driver, mark_of(of), number, piece, sum, part);
    tallies_.of(Table::piece).add(sum);
    rest = rest.subspan(part.size());
  }
}

void Changes::remove(Table table, std::uint64_t driver, std::uint64_t first, std::uint64_t last) {
  Tally& tally = tallies_.of(table);
  if (tally.rows == 0) return;
  auto& [select, remove] = removals_[static_cast<std::size_t>(table) - static_cast<std::size_t>(Table::function)];
  const std::uint64_t rows_before = tally.rows;
  bool has_pieces = false;
  select.bind(driver, first, last);
  while (select.step()) {
    tally.remove(select.number(0));
    has_pieces |= select.number(1) > 0;
  }
  if (tally.rows == rows_before) return;
  remove.run(driver, first, last);
  if (has_pieces) remove_pieces(table, driver, first, last);
}

void Changes::remove_pieces(Table of, std::uint64_t driver, std::uint64_t first, std::uint64_t last) {
  select_pieces_.bind(driver, mark_of(of), first, last);
  while (select_pieces_.step()) tallies_.of(Table::piece).remove(select_pieces_.number(0));
  remove_pieces_.run(driver, mark_of(of), first, last);
}

}  // namespace blitzen::journal
