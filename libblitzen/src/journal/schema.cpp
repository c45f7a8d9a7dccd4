#include "journal/schema.hpp"

#include <array>
#include <new>
#include <string_view>

#include "base/shared_bytes.hpp"
#include "journal/checksum.hpp"
#include "journal/tallies.hpp"

namespace blitzen::journal {
namespace {

// Checksums and counts stand before the bytes, so that they are read without them. `size` counts all the bytes, and
// `pieces` how many rows of the table piece continue those that stand in the row itself.
constexpr std::array<const char*, 8> tables{
    "CREATE TABLE journal(id INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, checksum INTEGER NOT NULL)",
    "CREATE TABLE tally(id INTEGER PRIMARY KEY, rows INTEGER NOT NULL, digest INTEGER NOT NULL, "
    "checksum INTEGER NOT NULL)",
    "CREATE TABLE driver(driver INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, keeps INTEGER NOT NULL, "
    "numbers_below INTEGER NOT NULL, session BLOB NOT NULL, job BLOB NOT NULL)",
    "CREATE TABLE function(driver INTEGER, number INTEGER, checksum INTEGER NOT NULL, pieces INTEGER NOT NULL, "
    "size INTEGER NOT NULL, definition BLOB NOT NULL, PRIMARY KEY(driver, number)) WITHOUT ROWID",
    "CREATE TABLE task(driver INTEGER, number INTEGER, checksum INTEGER NOT NULL, pieces INTEGER NOT NULL, "
    "size INTEGER NOT NULL, function INTEGER NOT NULL, timeout_ns INTEGER NOT NULL, "
    "worker_deaths_max INTEGER NOT NULL, arguments BLOB NOT NULL, PRIMARY KEY(driver, number)) WITHOUT ROWID",
    "CREATE TABLE started(driver INTEGER, number INTEGER, checksum INTEGER NOT NULL, PRIMARY KEY(driver, number)) "
    "WITHOUT ROWID",
    "CREATE TABLE outcome(driver INTEGER, number INTEGER, checksum INTEGER NOT NULL, pieces INTEGER NOT NULL, "
    "size INTEGER NOT NULL, outcome INTEGER NOT NULL, ran_ns INTEGER NOT NULL, content BLOB NOT NULL, "
    "PRIMARY KEY(driver, number)) WITHOUT ROWID",
    "CREATE TABLE piece(driver INTEGER, of INTEGER, number INTEGER, piece INTEGER, checksum INTEGER NOT NULL, "
    "bytes BLOB NOT NULL, PRIMARY KEY(driver, of, number, piece)) WITHOUT ROWID",
};

constexpr std::uint64_t epoch_mark = 0x6570'6f63'6800'0000;
constexpr std::uint64_t needs_log_mark = 0x6c6f'6700'0000'0000;

// Of the table journal.
constexpr std::uint64_t epoch_id = 1;
constexpr std::uint64_t needs_log_id = 2;

std::uint64_t epoch_checksum(std::uint64_t epoch) { return checksum({epoch_mark, epoch}); }

void write_row(const Connection& connection, std::uint64_t id, std::uint64_t epoch, std::uint64_t sum) {
  Statement(connection, "INSERT OR REPLACE INTO journal VALUES(?1, ?2, ?3)").run(id, epoch, sum);
}

void set_number(const Connection& connection, const std::string& pragma, std::uint64_t value) {
  connection.run(("PRAGMA " + pragma + " = " + std::to_string(value)).c_str());
}

[[noreturn]] void fail_damaged(const Connection& connection, const std::string& what) {
  throw Error(ErrorKind::damaged, "the journal " + connection.path() + " is damaged (" + what + ")" + salvage_advice);
}

}  // namespace

std::vector<std::byte> blank_journal(const std::string& path, std::uint64_t epoch) {
  const auto connection = Connection::in_memory(path);
  set_number(*connection, "page_size", page_bytes);
  set_number(*connection, "application_id", application_id);
  set_number(*connection, "user_version", format_version);
  for (const char* table : tables) connection->run(table);
  write_epoch(*connection, epoch);
  Tallies(*connection).save_first();
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, decltype(&sqlite3_free)> image(
      sqlite3_serialize(connection->get(), "main", &size, 0), &sqlite3_free);
  if (!image) throw std::bad_alloc();
  const auto bytes = std::as_bytes(std::span{image.get(), static_cast<std::size_t>(size)});
  return {bytes.begin(), bytes.end()};
}

void check_schema(const Connection& connection) {
  Statement select(connection, "SELECT sql FROM sqlite_schema ORDER BY rowid");
  select.bind();
  for (const std::string_view table : tables) {
    if (!select.step() || base::as_text(select.bytes(0)) != table) fail_damaged(connection, "its list of tables");
  }
  if (select.step()) fail_damaged(connection, "it has a table too many");
}

std::uint64_t read_epoch(const Connection& connection) {
  Statement select(connection, "SELECT epoch, checksum FROM journal WHERE id = ?1");
  if (!select.bind(epoch_id).step()) fail_damaged(connection, "its epoch is missing");
  const std::uint64_t epoch = select.number(0);
  if (select.number(1) != epoch_checksum(epoch)) fail_damaged(connection, "its epoch");
  return epoch;
}

void write_epoch(const Connection& connection, std::uint64_t epoch) {
  write_row(connection, epoch_id, epoch, epoch_checksum(epoch));
}

bool needs_log(const Connection& connection) {
  Statement select(connection, "SELECT epoch, checksum FROM journal WHERE id = ?1");
  if (!select.bind(needs_log_id).step()) return false;
  if (select.number(1) != checksum({needs_log_mark, select.number(0)})) fail_damaged(connection, "its epoch");
  return true;
}

void set_needs_log(const Connection& connection, bool needs_log) {
  constexpr std::uint64_t no_epoch = 0;
  if (needs_log)
    write_row(connection, needs_log_id, no_epoch, checksum({needs_log_mark, no_epoch}));
  else
    Statement(connection, "DELETE FROM journal WHERE id = ?1").run(needs_log_id);
}

}  // namespace blitzen::journal
