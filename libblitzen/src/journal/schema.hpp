// The tables of a journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "journal/sqlite.hpp"

namespace blitzen::journal {

/// "BLZJ": tells a journal from other SQLite files.
inline constexpr std::uint32_t application_id = 0x424C'5A4A;
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::size_t page_bytes = 4096;

/// The content of a new journal's file. `path` is what errors call it.
[[nodiscard]] std::vector<std::byte> blank_journal(const std::string& path, std::uint64_t epoch);

/// Throws Error unless the tables are as they were made.
void check_schema(const Connection& connection);

/// Counts how often the journal was opened. Throws Error when that cannot be read or written.
[[nodiscard]] std::uint64_t read_epoch(const Connection& connection);
void write_epoch(const Connection& connection, std::uint64_t epoch);

/// Whether what was committed may stand in SQLite's log only, so that the file without it is not the journal. Throws
/// Error.
[[nodiscard]] bool needs_log(const Connection& connection);
void set_needs_log(const Connection& connection, bool needs_log);

}  // namespace blitzen::journal
