#include "journal/store.hpp"

#include <exception>
#include <new>
#include <utility>

#include "journal/schema.hpp"

namespace blitzen::journal {
namespace {

/// A journal with more than this in it is not rewritten to make its file smaller: that would hold up the server, and
/// takes as much memory.
constexpr std::uint64_t rewritten_bytes_max = 64 * 1024 * 1024;

/// The log stays when the connection is closed, until it is said that the file needs it no more.
std::uint64_t begin_epoch(const Connection& connection) {
  keep_log_when_closed(connection, true);
  const std::uint64_t epoch = read_epoch(connection) + 1;
  connection.run("BEGIN IMMEDIATE");
  write_epoch(connection, epoch);
  set_needs_log(connection, true);
  connection.run("COMMIT");
  // In the file itself, which may be all that is there next time.
  connection.run("PRAGMA wal_checkpoint(PASSIVE)");
  return epoch;
}

std::uint64_t value_of(Statement& statement) {
  const std::uint64_t value = statement.bind().step() ? statement.number(0) : 0;
  statement.reset();
  return value;
}

}  // namespace

Store::Store(const std::string& path, StoreOptions options)
    : options_(std::move(options)),
      connection_(open_journal(path, options_)),
      epoch_(begin_epoch(*connection_)),
      changes_(*connection_, options_.piece_bytes),
      pages_(*connection_, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"),
      free_pages_(*connection_, "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size") {
  // By itself SQLite would empty its log as well, but would not say so when it cannot.
  const auto count_pages = [](void* pages, sqlite3*, const char*, int count) {
    *static_cast<std::uint64_t*>(pages) = static_cast<std::uint64_t>(count);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_->get(), count_pages, &log_pages_);
}

Store::~Store() {
  if (failure_) return;
  try {
    set_needs_log(*connection_, false);
    keep_log_when_closed(*connection_, false);
  } catch (const std::exception&) {
    // Everything is safe all the same: the log stays, and the file says that it needs it.
  }
}

void Store::write(std::span<const Record> records) {
  if (failure_) throw Error(*failure_);
  try {
    commit(records);
  } catch (const Error& error) {
    throw remember(error);
  } catch (const std::bad_alloc&) {
    throw remember({ErrorKind::no_memory, "there is not enough memory for the journal " + path() +
                                              ": end what else needs it, and start again"});
  }
  try {
    tidy();
  } catch (const Error& error) {
    failure_ = error;
  }
}

void Store::commit(std::span<const Record> records) {
  connection_->run("BEGIN IMMEDIATE");
  for (const Record& record : records) changes_.apply(record);
  changes_.save();
  connection_->run("COMMIT");
}

Error Store::remember(const Error& error) {
  failure_ = error;
  // Fails where SQLite has rolled back by itself.
  sqlite3_exec(connection_->get(), "ROLLBACK", nullptr, nullptr, nullptr);
  return error;
}

void Store::tidy() {
  if (log_pages_ * page_bytes >= options_.log_bytes) empty_log();
  try {
    if (shrinks_) shrink();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::disk_full) throw;
    shrinks_ = false;  // A large file is no reason to refuse what can still be written.
  }
}

void Store::empty_log() {
  const int code = sqlite3_wal_checkpoint_v2(connection_->get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK) connection_->fail(code);
}

void Store::shrink() {
  const std::uint64_t all = value_of(pages_);
  if (all < options_.shrink_bytes_min) return;
  const std::uint64_t used = all - value_of(free_pages_);
  if (used > rewritten_bytes_max || used > all / 8) return;
  connection_->run("VACUUM");
  connection_->run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace blitzen::journal
