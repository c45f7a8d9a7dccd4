#include "journal/recovery.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <unordered_set>
#include <utility>

#include "journal/rows.hpp"
#include "journal/scan.hpp"
#include "journal/tallies.hpp"

namespace blitzen::journal {
namespace {

constexpr std::size_t findings_max = 10;

/// The numbers are only used once the row's checksum has shown that they are those that were written.
std::uint32_t narrow32(std::uint64_t value) { return static_cast<std::uint32_t>(value); }
std::uint8_t narrow8(std::uint64_t value) { return static_cast<std::uint8_t>(value); }

constexpr std::array<const char*, table_count> plurals{
    "drivers", "functions", "tasks", "marks of tasks that started", "outcomes", "pieces of large payloads"};

/// One pass over the tables.
class Recovery {
 public:
  Recovery(const Connection& connection, Visitor& visitor)
      : connection_(connection),
        visitor_(visitor),
        file_bytes_(connection.file_bytes()),
        patience_(table_count, Patience(file_bytes_)),
        drivers_(connection,
                 "SELECT driver, checksum, keeps, numbers_below, session, job FROM driver WHERE driver >= ?2"),
        functions_(connection,
                   "SELECT number, checksum, pieces, size, definition FROM function WHERE driver = ?1 AND "
                   "number >= ?2 ORDER BY number"),
        tasks_(connection,
               "SELECT number, checksum, pieces, size, arguments, function, timeout_ns, worker_deaths_max FROM task "
               "WHERE driver = ?1 AND number >= ?2 ORDER BY number"),
        started_(connection, "SELECT number, checksum FROM started WHERE driver = ?1 AND number >= ?2 ORDER BY number"),
        outcomes_(connection,
                  "SELECT number, checksum, pieces, size, content, outcome, ran_ns FROM outcome WHERE driver = ?1 AND "
                  "number >= ?2 ORDER BY number"),
        pieces_(connection,
                "SELECT checksum, bytes FROM piece WHERE driver = ?1 AND of = ?2 AND number = ?3 AND piece = ?4") {}

  Recovered run() {
    Scan scan(connection_, drivers_, 0, patience_of(Table::driver), damage_in(Table::driver));
    while (scan.next()) {
      DriverJoined driver{.driver = narrow32(drivers_.number(0)),
                          .session = {},
                          .job = std::string(base::as_text(drivers_.bytes(5))),
                          .keeps = drivers_.number(2) != 0,
                          .numbers_below = drivers_.number(3)};
      const auto session = drivers_.bytes(4);
      std::ranges::copy(session.first(std::min(session.size(), driver.session.size())), driver.session.begin());
      if (!is_intact(Table::driver, scan, row_checksum(driver), drivers_)) continue;
      const std::uint32_t number = driver.driver;
      visitor_.on_driver(std::move(driver));
      tell_functions(number);
      tell_tasks(number);
      tell_outcomes(number);
    }
    compare_with_tallies();
    return std::move(recovered_);
  }

 private:
  void tell_functions(std::uint32_t driver) {
    Scan scan(connection_, functions_, driver, patience_of(Table::function), damage_in(Table::function));
    while (scan.next()) {
      FunctionDefined function{.driver = driver, .index = narrow32(functions_.number(0)), .definition = {}};
      const Divided divided = divided_in(functions_);
      if (!is_intact(Table::function, scan, row_checksum(function, divided), functions_)) continue;
      auto definition = join(Table::function, driver, function.index, divided);
      if (!definition) continue;
      function.definition = std::move(*definition);
      ++recovered_.functions.intact;
      visitor_.on_function(std::move(function));
    }
  }

  void tell_tasks(std::uint32_t driver) {
    const std::unordered_set<std::uint64_t> started = started_tasks(driver);
    Scan scan(connection_, tasks_, driver, patience_of(Table::task), damage_in(Table::task));
    while (scan.next()) {
      TaskAccepted task{.driver = driver,
                        .number = tasks_.number(0),
                        .function = narrow32(tasks_.number(5)),
                        .timeout_ns = tasks_.number(6),
                        .worker_deaths_max = narrow8(tasks_.number(7)),
                        .arguments = {}};
      const Divided divided = divided_in(tasks_);
      if (!is_intact(Table::task, scan, row_checksum(task, divided), tasks_)) continue;
      auto arguments = join(Table::task, driver, task.number, divided);
      if (!arguments) continue;
      task.arguments = std::move(*arguments);
      const std::uint64_t number = task.number;
      if (visitor_.on_task(std::move(task), started.contains(number)))
        ++recovered_.tasks.intact;
      else
        damage_in(Table::task)("number " + std::to_string(number) + " is for a function that is not there");
    }
  }

  std::unordered_set<std::uint64_t> started_tasks(std::uint32_t driver) {
    std::unordered_set<std::uint64_t> numbers;
    Scan scan(connection_, started_, driver, patience_of(Table::started), damage_in(Table::started));
    while (scan.next()) {
      const TaskStarted task{.driver = driver, .number = started_.number(0)};
      if (is_intact(Table::started, scan, row_checksum(task), started_)) numbers.insert(task.number);
    }
    return numbers;
  }

  void tell_outcomes(std::uint32_t driver) {
    Scan scan(connection_, outcomes_, driver, patience_of(Table::outcome), damage_in(Table::outcome));
    while (scan.next()) {
      TaskSettled outcome{.driver = driver,
                          .number = outcomes_.number(0),
                          .outcome = narrow8(outcomes_.number(5)),
                          .ran_ns = outcomes_.number(6),
                          .content = {}};
      const Divided divided = divided_in(outcomes_);
      if (!is_intact(Table::outcome, scan, row_checksum(outcome, divided), outcomes_)) continue;
      auto content = join(Table::outcome, driver, outcome.number, divided);
      if (!content) continue;
      outcome.content = std::move(*content);
      ++recovered_.outcomes.intact;
      visitor_.on_outcome(std::move(outcome));
    }
  }

  /// As functions, tasks and outcomes have them in the same columns.
  static Divided divided_in(const Statement& row) {
    return {.first = row.bytes(4), .pieces = row.number(2), .size = row.number(3)};
  }

  bool is_intact(Table table, Scan& scan, std::uint64_t checksum, const Statement& row) {
    if (row.number(1) != checksum) {
      damage_in(table)("number " + std::to_string(row.number(0)) + " does not match its checksum");
      return false;
    }
    if (!scan.accept()) return false;
    tally_of(table).add(checksum);
    return true;
  }

  /// Nothing when a piece is missing or damaged. A checksum can be forged: the size is believed when the file has as
  /// many bytes.
  std::optional<base::SharedBytes> join(Table of, std::uint64_t driver, std::uint64_t number, const Divided& divided) {
    if (divided.pieces == 0) return base::SharedBytes::copy_of(divided.first);
    const std::string misfit = "number " + std::to_string(number) + " is not as long as it should be";
    std::size_t done = divided.first.size();
    if (divided.size < done || divided.size > std::min<std::uint64_t>(file_bytes_, UINT32_MAX)) {
      damage_in(of)(misfit);
      return std::nullopt;
    }
    base::SharedBlock* block = base::SharedBlock::make(divided.size);
    base::SharedBytes whole(block, 0, narrow32(divided.size));
    if (done > 0) std::memcpy(block->data(), divided.first.data(), done);
    for (std::uint64_t piece = 1; piece <= divided.pieces; ++piece) {
      const auto bytes = read_piece(of, driver, number, piece);
      const bool fits = !bytes.empty() && bytes.size() <= divided.size - done;
      if (fits) std::memcpy(block->data() + done, bytes.data(), bytes.size());
      if (!bytes.empty() && !fits) damage_in(of)(misfit);
      done += bytes.size();
      pieces_.reset();
      if (!fits) return std::nullopt;
    }
    if (done == divided.size) return whole;
    damage_in(of)(misfit);
    return std::nullopt;
  }

  /// Valid until the statement is used again; empty when the piece cannot be read.
  std::span<const std::byte> read_piece(Table of, std::uint64_t driver, std::uint64_t number, std::uint64_t piece) {
    const auto damaged = damage_in(Table::piece);
    pieces_.bind(driver, mark_of(of), number, piece);
    const int code = pieces_.try_step();
    const int primary = code & 0xFF;
    if (primary == SQLITE_NOMEM) throw std::bad_alloc();
    if (primary == SQLITE_IOERR) connection_.fail(code);
    if (code != SQLITE_ROW) {
      damaged(code == SQLITE_DONE ? "a piece is missing" : sqlite3_errstr(code));
      return {};
    }
    const auto bytes = pieces_.bytes(1);
    const std::uint64_t checksum = pieces_.number(0);
    if (checksum != piece_checksum(of, driver, number, piece, bytes)) {
      damaged("a piece of number " + std::to_string(number) + " does not match its checksum");
      return {};
    }
    tally_of(Table::piece).add(checksum);
    return bytes;
  }

  void compare_with_tallies() {
    recovered_.drivers.intact = tally_of(Table::driver).rows;
    Found* const found[] = {
        &recovered_.drivers, &recovered_.functions, &recovered_.tasks, nullptr, &recovered_.outcomes, nullptr};
    for (Found* it : found) {
      if (it != nullptr) it->recorded = it->intact;
    }
    Tallies recorded(connection_);
    try {
      recorded.load();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::io) throw;
      return note("the count of rows cannot be read");
    }
    for (std::size_t i = 0; i < table_count; ++i) {
      const auto table = static_cast<Table>(i);
      if (found[i] != nullptr) found[i]->recorded = recorded.of(table).rows;
      if (recorded.of(table) != tally_of(table)) {
        damage_in(table)(std::to_string(tally_of(table).rows) + " rows can be read, " +
                         std::to_string(recorded.of(table).rows) + " were written");
      }
    }
  }

  Patience& patience_of(Table table) { return patience_[static_cast<std::size_t>(table)]; }

  Tally& tally_of(Table table) { return tallies_[static_cast<std::size_t>(table)]; }

  Scan::OnDamage damage_in(Table table) {
    return [this, table](const std::string& what) {
      note(std::string("among the ") + plurals[static_cast<std::size_t>(table)] + ", " + what);
    };
  }

  void note(std::string finding) {
    if (recovered_.damage.size() < findings_max) recovered_.damage.push_back(std::move(finding));
  }

  const Connection& connection_;
  Visitor& visitor_;
  const std::uint64_t file_bytes_;
  Recovered recovered_;
  std::array<Tally, table_count> tallies_{};
  std::vector<Patience> patience_;  ///< For each table, so that damage to one costs the others nothing.
  Statement drivers_;
  Statement functions_;
  Statement tasks_;
  Statement started_;
  Statement outcomes_;
  Statement pieces_;
};

std::string share(const Found& found, const std::string& what) {
  return std::to_string(found.intact) + " of " + std::to_string(found.recorded) + " " + what;
}

}  // namespace

Recovered recover(const Connection& connection, Visitor& visitor) { return Recovery(connection, visitor).run(); }

Error damage_error(const std::string& path, const Recovered& recovered) {
  const std::string finding = recovered.damage.empty() ? "" : " (" + recovered.damage.front() + ")";
  return {ErrorKind::damaged, "the journal " + path + " is damaged" + finding + ", but " +
                                  share(recovered.drivers, "drivers") + ", " + share(recovered.tasks, "tasks") +
                                  " and " + share(recovered.outcomes, "outcomes") + " are intact" + salvage_advice};
}

}  // namespace blitzen::journal
