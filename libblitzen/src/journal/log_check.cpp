#include "journal/log_check.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "journal/schema.hpp"

namespace blitzen::journal {
namespace {

// As SQLite's file format has them.
constexpr std::size_t log_header_bytes = 32;
constexpr std::size_t frame_header_bytes = 24;
constexpr std::size_t frame_bytes = frame_header_bytes + page_bytes;

using Word = std::uint32_t;

/// Big-endian.
Word word_at(std::span<const std::byte> bytes, std::size_t index) {
  Word value = 0;
  for (const std::byte byte : bytes.subspan(4 * index, 4)) value = value << 8U | std::to_integer<Word>(byte);
  return value;
}

/// What all frames have in common that were written since the log was last begun anew.
using Salt = std::array<Word, 2>;

struct Frame {
  Salt salt;
  bool ends_transaction;
};

class Log {
 public:
  explicit Log(const Connection& connection) : connection_(connection) {
    sqlite3_file_control(connection.get(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &file_);
    if (file_ == nullptr || file_->pMethods == nullptr) return;
    sqlite3_int64 size = 0;
    if (const int code = file_->pMethods->xFileSize(file_, &size); code != SQLITE_OK) connection.fail(code);
    const auto bytes = static_cast<std::size_t>(size);
    if (bytes > log_header_bytes) frames_ = (bytes - log_header_bytes) / frame_bytes;
  }

  [[nodiscard]] std::size_t frames() const { return frames_; }

  /// Of the header or, when that is damaged, of the first frame. There must be a frame.
  [[nodiscard]] Salt salt() const {
    const auto header = read<log_header_bytes>(0);
    return is_intact(header) ? Salt{word_at(header, 4), word_at(header, 5)} : frame(0).salt;
  }

  [[nodiscard]] Frame frame(std::size_t index) const {
    const auto header = read<frame_header_bytes>(log_header_bytes + index * frame_bytes);
    return {.salt = {word_at(header, 2), word_at(header, 3)}, .ends_transaction = word_at(header, 1) != 0};
  }

 private:
  template <std::size_t size>
  [[nodiscard]] std::array<std::byte, size> read(std::size_t offset) const {
    std::array<std::byte, size> bytes{};
    const int code =
        file_->pMethods->xRead(file_, bytes.data(), static_cast<int>(size), static_cast<sqlite3_int64>(offset));
    if (code != SQLITE_OK) connection_.fail(code);
    return bytes;
  }

  /// By SQLite's own checksum, which sums words of the byte order that the first word names.
  static bool is_intact(std::span<const std::byte> header) {
    constexpr Word little_endian = 0x377F'0682;
    if ((word_at(header, 0) & ~Word{1}) != little_endian) return false;
    const bool swapped = word_at(header, 0) == little_endian;
    const auto summand = [&](std::size_t index) {
      const Word word = word_at(header, index);
      return swapped ? __builtin_bswap32(word) : word;
    };
    Word first = 0;
    Word second = 0;
    for (std::size_t i = 0; i < 6; i += 2) {
      first += summand(i) + second;
      second += summand(i + 1) + first;
    }
    return word_at(header, 6) == first && word_at(header, 7) == second;
  }

  const Connection& connection_;
  sqlite3_file* file_ = nullptr;
  std::size_t frames_ = 0;
};

/// Whether a transaction that cannot be read was synced, because there are frames after its last one.
bool lacks_synced_transaction(const Log& log, std::size_t frames_read) {
  const Salt salt = log.salt();
  bool ended = false;
  for (std::size_t i = frames_read; i < log.frames(); ++i) {
    const Frame frame = log.frame(i);
    if (frame.salt != salt) continue;
    if (ended) return true;
    ended = frame.ends_transaction;
  }
  return false;
}

}  // namespace

std::string check_log(const Connection& connection) {
  const Log log(connection);
  if (log.frames() == 0) return {};
  Statement checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)");
  const std::size_t frames_read = checkpoint.bind().step() ? checkpoint.number(1) : 0;
  checkpoint.reset();
  if (lacks_synced_transaction(log, frames_read)) {
    return "of its log " + connection.path() + "-wal, only " + std::to_string(frames_read) + " of " +
           std::to_string(log.frames()) + " pages can be read";
  }
  // What a crash left behind must not be mistaken for this later.
  connection.run("PRAGMA wal_checkpoint(TRUNCATE)");
  return {};
}

}  // namespace blitzen::journal
