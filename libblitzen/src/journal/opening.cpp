#include "journal/opening.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/shared_bytes.hpp"
#include "base/unique_fd.hpp"
#include "journal/log_check.hpp"
#include "journal/schema.hpp"

namespace blitzen::journal {
namespace {

/// What SQLite may keep of the file in memory.
constexpr std::uint64_t cache_bytes = 32 * 1024 * 1024;

/// Where SQLite's file format has its fields.
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t write_version_offset = 18;
constexpr std::byte write_version{2};
constexpr std::size_t user_version_offset = 60;
constexpr std::size_t application_id_offset = 68;
constexpr std::size_t header_bytes = 100;

std::string reason() { return std::generic_category().message(errno); }

[[noreturn]] void fail_to_make(const std::string& path) {
  const int error = errno;
  const ErrorKind kind = error == ENOSPC || error == EDQUOT ? ErrorKind::disk_full : ErrorKind::io;
  throw Error(kind, "the journal " + path + " cannot be made (" + reason() +
                        "): name a file in a directory that the server may write to");
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// A file that is deleted again when its name goes out of scope; other names of it stay.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path)
      : path_(path), name_(path + ".new-XXXXXX"), fd_(::mkostemp(name_.data(), O_CLOEXEC)) {  // Mode 0600.
    if (!fd_) fail_to_make(path_);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { ::unlink(name_.c_str()); }

  void write(std::span<const std::byte> content) const {
    while (!content.empty()) {
      const ssize_t count = ::write(fd_.get(), content.data(), content.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail_to_make(path_);
      content = content.subspan(static_cast<std::size_t>(count));
    }
    if (::fsync(fd_.get()) != 0) fail_to_make(path_);
  }

  void link() const {
    if (::link(name_.c_str(), path_.c_str()) != 0 && errno != EEXIST) fail_to_make(path_);
    const base::UniqueFd directory(::open(directory_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory || ::fsync(directory.get()) != 0) fail_to_make(path_);
  }

 private:
  std::string path_;
  std::string name_;
  base::UniqueFd fd_;
};

/// SQLite's own words for these say less.
void check_kind(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) return;
  throw Error(
      ErrorKind::not_a_journal,
      "the journal " + path + " is " + (S_ISDIR(status.st_mode) ? "a directory" : "no regular file") + ": name a file");
}

bool log_is(int what, const std::string& path, const StoreOptions& options) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(options.vfs.empty() ? nullptr : options.vfs.c_str());
  int it_is = 0;
  const std::string log = path + "-wal";
  return vfs->xAccess(vfs, log.c_str(), what, &it_is) == SQLITE_OK && it_is != 0;
}

/// To SQLite, an empty file does not exist.
bool has_log(const std::string& path, const StoreOptions& options) {
  return log_is(SQLITE_ACCESS_EXISTS, path, options);
}
bool has_log_or_empty_log(const std::string& path, const StoreOptions& options) {
  return log_is(SQLITE_ACCESS_READWRITE, path, options);
}

std::unique_ptr<Connection> open_or_make(const std::string& path, const StoreOptions& options) {
  if (auto connection = Connection::open(path, options.vfs)) return connection;
  if (has_log(path, options)) {
    throw Error(ErrorKind::damaged, "the journal " + path + " is missing, but " + path +
                                        "-wal, which belongs to it, is there: put it back, or remove that one too");
  }
  options.put_file(path, blank_journal(path, options.first_epoch));
  if (auto connection = Connection::open(path, options.vfs)) return connection;
  throw Error(ErrorKind::io, "the journal " + path + " was made but is not there: name another file");
}

std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const std::byte byte : bytes.first(4)) value = value << 8U | std::to_integer<std::uint32_t>(byte);
  return value;
}

/// The first bytes of the file as they lie there; none when it is empty.
std::array<std::byte, header_bytes> read_header(const Connection& connection) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(connection.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  sqlite3_int64 size = 0;
  if (const int code = file->pMethods->xFileSize(file, &size); code != SQLITE_OK) connection.fail(code);
  if (size == 0) {
    throw Error(ErrorKind::not_a_journal, "the journal " + connection.path() +
                                              " is an empty file, which no journal ever is: put a copy in its place, "
                                              "or remove it if it never was one");
  }
  std::array<std::byte, header_bytes> header{};
  const int code = file->pMethods->xRead(file, header.data(), static_cast<int>(header.size()), 0);
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) connection.fail(code);
  return header;
}

/// SQLite would go on to use, or even to overwrite, files that are none of ours.
void check_header(const Connection& connection) {
  const auto header = read_header(connection);
  const std::string journal = "the journal " + connection.path();
  const std::span<const std::byte> bytes{header};
  const bool is_sqlite = base::as_text(bytes.first(magic.size())) == magic;
  const bool is_ours = big_endian(bytes.subspan(application_id_offset)) == application_id;
  // Of a file that only a newer SQLite may write to, SQLite would say later that the system does not let it.
  if (is_ours && (!is_sqlite || header[write_version_offset] > write_version)) connection.fail(SQLITE_CORRUPT);
  if (!is_ours) {
    throw Error(ErrorKind::not_a_journal,
                journal + (is_sqlite ? " is an SQLite file but not a journal" : " is not a journal") +
                    ", or its first bytes are damaged: name another file, or put a copy in its place");
  }
  if (big_endian(bytes.subspan(user_version_offset)) > format_version) {
    throw Error(ErrorKind::not_a_journal, journal + " was made by a newer Blitzen: use that one, or name another file");
  }
}

void set(const Connection& connection, const std::string& pragma) { connection.run(("PRAGMA " + pragma).c_str()); }

void prepare(const Connection& connection, const StoreOptions& options) {
  // Before anything is read: then SQLite needs no memory that is shared with other processes.
  set(connection, "locking_mode = EXCLUSIVE");
  set(connection, "temp_store = MEMORY");
  set(connection, "cell_size_check = ON");
  set(connection, "secure_delete = OFF");
  set(connection, "cache_size = -" + std::to_string(cache_bytes / 1024));
  set(connection, "mmap_size = 0");
  set(connection, "journal_mode = WAL");
  set(connection, "synchronous = FULL");
  set(connection, "journal_size_limit = " + std::to_string(options.log_bytes));
}

/// Of a journal that has none.
bool lacks_log(const Connection& connection) {
  try {
    return needs_log(connection);
  } catch (const Error& error) {
    // Then so is the epoch, which is told when that is needed.
    if (error.kind() != ErrorKind::damaged) throw;
    return false;
  }
}

}  // namespace

void put_file(const std::string& path, std::span<const std::byte> content) {
  const TemporaryFile file(path);
  file.write(content);
  file.link();
}

Opened open_with_damaged_log(const std::string& path, const StoreOptions& options) {
  if (options.vfs.empty()) check_kind(path);
  const bool log_was_there = has_log_or_empty_log(path, options);
  auto connection = open_or_make(path, options);
  // Whatever goes wrong from here on: one that is there may be needed, and one that was not is not to be found next
  // time.
  keep_log_when_closed(*connection, log_was_there);
  if (sqlite3_db_readonly(connection->get(), "main") != 0) connection->fail(SQLITE_READONLY);
  check_header(*connection);
  prepare(*connection, options);
  std::string log_damage = check_log(*connection);
  check_schema(*connection);
  if (!log_was_there && lacks_log(*connection))
    log_damage = "its log " + path + "-wal, which has its latest transactions, is missing: put it back if you have it";
  return {.connection = std::move(connection), .log_damage = std::move(log_damage)};
}

void keep_log_when_closed(const Connection& connection, bool keep) {
  sqlite3_db_config(connection.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

std::unique_ptr<Connection> open_journal(const std::string& path, const StoreOptions& options) {
  Opened opened = open_with_damaged_log(path, options);
  if (opened.log_damage.empty()) return std::move(opened.connection);
  throw Error(ErrorKind::damaged, "the journal " + path + " is damaged (" + opened.log_damage + ")" + salvage_advice);
}

}  // namespace blitzen::journal
