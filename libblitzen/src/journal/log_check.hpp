// Whether SQLite can read its write-ahead log as far as it was synced.
#pragma once

#include <string>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// SQLite reads its log up to the first frame that is not as it was written, and takes the rest for what a crash left
/// of the last transaction. But each transaction is synced before the next one begins: where more than one follows, the
/// log is damaged, and transactions that were committed would be lost without a word.
/// Returns what is wrong, or nothing. To be called once the log was read, and before it was written to. Then the log is
/// empty, or as it was if it is damaged. Throws Error.
[[nodiscard]] std::string check_log(const Connection& connection);

}  // namespace blitzen::journal
