// From a path to a connection to a journal, or one sentence that says why there is none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// Puts a file in its place, complete and synced, unless there is one already. Throws Error.
using PutFile = std::function<void(const std::string& path, std::span<const std::byte> content)>;
void put_file(const std::string& path, std::span<const std::byte> content);

struct StoreOptions {
  /// The SQLite VFS by which files are used, and how a new one comes to be there. For tests: empty is the system's.
  std::string vfs{};
  PutFile put_file = journal::put_file;
  /// Epochs of a new journal are counted from here. Random, they tell one journal from another.
  std::uint64_t first_epoch = 0;
  /// SQLite's longest blob is shorter than the largest payload.
  std::size_t piece_bytes = 64 * 1024 * 1024;
  /// SQLite's write-ahead log is copied into the file when it has grown to this.
  std::uint64_t log_bytes = 16 * 1024 * 1024;
  /// A file from this size on is rewritten when an eighth of it, and no more than that, is in use.
  std::uint64_t shrink_bytes_min = 64 * 1024 * 1024;
};

/// Opens the journal for this process alone, and makes one where there is no file. Throws Error.
[[nodiscard]] std::unique_ptr<Connection> open_journal(const std::string& path, const StoreOptions& options);

struct Opened {
  std::unique_ptr<Connection> connection;
  std::string log_damage;  ///< Empty: none. Otherwise the latest transactions are missing.
};

/// As open_journal, also when the log is damaged.
[[nodiscard]] Opened open_with_damaged_log(const std::string& path, const StoreOptions& options);

/// Whether SQLite's log stays when the connection is closed, or is copied into the file and deleted.
void keep_log_when_closed(const Connection& connection, bool keep);

}  // namespace blitzen::journal
