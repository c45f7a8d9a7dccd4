// A server's facts on disk: what was written is there after a crash, or it is said that it is not.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "journal/changes.hpp"
#include "journal/error.hpp"
#include "journal/opening.hpp"
#include "journal/records.hpp"
#include "journal/recovery.hpp"

namespace blitzen::journal {

/// One file, which nobody else may have open meanwhile. For one thread at a time. Everything waits for the disk.
class Store {
 public:
  /// Opens the journal, or makes a new one, and begins a new epoch. Throws Error, see ErrorKind.
  explicit Store(const std::string& path, StoreOptions options = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  /// Moves everything into the one file. Where that is impossible, SQLite's log stays beside it.
  ~Store();

  /// How often the journal was opened. No two servers that used it have had the same.
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] const std::string& path() const { return connection_->path(); }

  /// Tells the visitor everything that is there and intact. With `damage` in what is returned, a server must not go on,
  /// see damage_error and salvage.
  [[nodiscard]] Recovered recover(Visitor& visitor) const { return journal::recover(*connection_, visitor); }

  /// Returns when all of the records are on the disk. Throws Error; then none of them count, unless the disk kept them
  /// all the same, and every later call throws the same: a disk that failed once is not to be trusted.
  void write(std::span<const Record> records);

 private:
  void commit(std::span<const Record> records);
  /// What may fail although the records are safe.
  void tidy();
  void empty_log();
  void shrink();
  [[nodiscard]] Error remember(const Error& error);

  StoreOptions options_;
  std::unique_ptr<Connection> connection_;
  std::uint64_t epoch_;
  Changes changes_;
  Statement pages_;
  Statement free_pages_;
  std::uint64_t log_pages_ = 0;  ///< In SQLite's write-ahead log, as of the last transaction.
  bool shrinks_ = true;          ///< Until there was no room for it.
  std::optional<Error> failure_;
};

}  // namespace blitzen::journal
