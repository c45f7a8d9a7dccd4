// SQLite's handles with owners, and its refusals as sentences.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "journal/error.hpp"

namespace blitzen::journal {

/// One connection to one file, for one thread at a time.
class Connection {
 public:
  /// Null when there is no such file. `vfs` empty: the system's. Throws Error.
  [[nodiscard]] static std::unique_ptr<Connection> open(const std::string& path, const std::string& vfs);
  /// A new database in memory. `path` is what errors call it.
  [[nodiscard]] static std::unique_ptr<Connection> in_memory(const std::string& path);

  [[nodiscard]] sqlite3* get() const { return handle_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Runs statements that return nothing of interest. Throws Error.
  void run(const char* sql) const;
  /// Of all statements together, from the file or from memory, since they were forgotten last.
  [[nodiscard]] std::uint64_t pages_read() const;
  void forget_pages_read() const;
  /// How large the file is, with what its log adds. Throws Error.
  [[nodiscard]] std::uint64_t file_bytes() const;
  /// Throws what SQLite's `code` means for this file.
  [[noreturn]] void fail(int code) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close(handle); }
  };

  Connection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}

  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// A prepared statement. Compiled when it is first used: a small journal needs few of them.
class Statement {
 public:
  Statement(const Connection& connection, const char* sql) : connection_(&connection), sql_(sql) {}

  /// Begins anew with these values, which must stay where they are until the statement is done with.
  template <class... Values>
  Statement& bind(const Values&... values) {
    prepare();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// True for a row. False at the end; then the statement holds nothing open. Throws Error.
  bool step();
  /// SQLITE_ROW, SQLITE_DONE or what went wrong.
  [[nodiscard]] int try_step();
  /// Runs to the end.
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    while (step()) {
    }
  }
  /// Lets go of what it has open, when its rows are not all of interest.
  void reset() { sqlite3_reset(handle_.get()); }

  /// Of the current row, valid until the next step.
  [[nodiscard]] std::uint64_t number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(handle_.get(), column));
  }
  /// All that the current row has in text and blobs, whatever its columns should be.
  [[nodiscard]] std::uint64_t row_bytes() const;
  /// Throws std::bad_alloc.
  [[nodiscard]] std::span<const std::byte> bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };

  void prepare();
  void bind_one(int index, std::uint64_t value);
  void bind_one(int index, std::span<const std::byte> value);

  const Connection* connection_;
  const char* sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// "; go on with what is intact ...": how the sentences about damage end.
extern const char* const salvage_advice;

}  // namespace blitzen::journal
