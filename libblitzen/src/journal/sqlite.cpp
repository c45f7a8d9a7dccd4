#include "journal/sqlite.hpp"

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace blitzen::journal {
namespace {

std::string error_text(int error) { return std::generic_category().message(error); }

bool means_disk_full(int code, int system_error) {
  return code == SQLITE_FULL || (code == SQLITE_IOERR && (system_error == ENOSPC || system_error == EDQUOT));
}

/// Where SQLite counts pages.
constexpr int page_counts[] = {SQLITE_DBSTATUS_CACHE_HIT, SQLITE_DBSTATUS_CACHE_MISS};

Error error_of(const std::string& path, int extended_code, int system_error, const std::string& detail) {
  const int code = extended_code & 0xFF;
  const std::string journal = "the journal " + path;
  const std::string reason = system_error == 0 ? detail : error_text(system_error);
  if (means_disk_full(code, system_error))
    return {ErrorKind::disk_full, journal + " cannot be written, the disk is full: make room and start again"};
  switch (code) {
    case SQLITE_NOMEM:
      return {ErrorKind::no_memory, "there is not enough memory for " + journal + ": end what else needs it"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::busy, journal + " is in use by another process: end that, or name another file"};
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return {ErrorKind::io, journal + " cannot be opened for writing (" + reason +
                                 "): let the server write to it and its directory, or name another file"};
    case SQLITE_IOERR:
      return {ErrorKind::io, journal + " cannot be read or written (" + reason + "): check the disk"};
    default:
      return {ErrorKind::damaged, journal + " is damaged (" + detail + ")" + salvage_advice};
  }
}

}  // namespace

const char* const salvage_advice =
    ": put a copy in its place, or go on with what is intact by starting with --journal-salvage";

std::unique_ptr<Connection> Connection::open(const std::string& path, const std::string& vfs) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                   vfs.empty() ? nullptr : vfs.c_str());
  if (handle == nullptr) throw std::bad_alloc();
  std::unique_ptr<Connection> connection(new Connection(path, handle));
  sqlite3_extended_result_codes(handle, 1);
  if (code == SQLITE_OK) return connection;
  if ((code & 0xFF) == SQLITE_CANTOPEN && sqlite3_system_errno(handle) == ENOENT) return nullptr;
  connection->fail(code);
}

std::unique_ptr<Connection> Connection::in_memory(const std::string& path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open(":memory:", &handle);
  if (handle == nullptr) throw std::bad_alloc();
  std::unique_ptr<Connection> connection(new Connection(path, handle));
  if (code != SQLITE_OK) connection->fail(code);
  return connection;
}

void Connection::run(const char* sql) const {
  if (const int code = sqlite3_exec(get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) fail(code);
}

std::uint64_t Connection::pages_read() const {
  std::uint64_t pages = 0;
  for (const int count : page_counts) {
    int current = 0;
    int highest = 0;
    sqlite3_db_status(get(), count, &current, &highest, 0);
    pages += static_cast<std::uint64_t>(current);
  }
  return pages;
}

void Connection::forget_pages_read() const {
  for (const int count : page_counts) {
    int current = 0;
    int highest = 0;
    sqlite3_db_status(get(), count, &current, &highest, 1);
  }
}

std::uint64_t Connection::file_bytes() const {
  Statement select(*this, "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
  return select.bind().step() ? select.number(0) : 0;
}

void Connection::fail(int code) const {
  const int primary = code & 0xFF;
  const bool has_system_error = primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN;
  // SQLite has more to say about what it found itself.
  const bool is_its_own = sqlite3_extended_errcode(get()) == code;
  throw error_of(path_, code, has_system_error ? sqlite3_system_errno(get()) : 0,
                 is_its_own ? sqlite3_errmsg(get()) : sqlite3_errstr(code));
}

void Statement::prepare() {
  if (handle_) {
    sqlite3_reset(handle_.get());
    return;
  }
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(connection_->get(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) connection_->fail(code);
  handle_.reset(handle);
}

bool Statement::step() {
  const int code = try_step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) connection_->fail(code);
  return code == SQLITE_ROW;
}

int Statement::try_step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_DONE) sqlite3_reset(handle_.get());
  return code;
}

std::uint64_t Statement::row_bytes() const {
  std::uint64_t sum = 0;
  for (int column = 0; column < sqlite3_data_count(handle_.get()); ++column) {
    const int type = sqlite3_column_type(handle_.get(), column);
    // Asking for the size of a number would make a text of it.
    if (type != SQLITE_BLOB && type != SQLITE_TEXT) continue;
    sum += static_cast<std::uint64_t>(sqlite3_column_bytes(handle_.get(), column));
  }
  return sum;
}

std::span<const std::byte> Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  if (data == nullptr && sqlite3_errcode(connection_->get()) == SQLITE_NOMEM) throw std::bad_alloc();
  return {static_cast<const std::byte*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

void Statement::bind_one(int index, std::uint64_t value) {
  const int code = sqlite3_bind_int64(handle_.get(), index, static_cast<sqlite3_int64>(value));
  if (code != SQLITE_OK) connection_->fail(code);
}

void Statement::bind_one(int index, std::span<const std::byte> value) {
  // A null pointer would be stored as NULL, which is not the same as no bytes.
  const void* data = value.empty() ? static_cast<const void*>("") : value.data();
  const int code = sqlite3_bind_blob64(handle_.get(), index, data, value.size(), SQLITE_STATIC);
  if (code != SQLITE_OK) connection_->fail(code);
}

}  // namespace blitzen::journal
