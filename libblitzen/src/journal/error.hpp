// Why a journal cannot do its job.
#pragma once

#include <string>

#include "blitzen/error.hpp"

namespace blitzen::journal {

enum class ErrorKind {
  disk_full,
  io,             ///< The system refuses to open, read or write.
  damaged,        ///< The file is a journal, but not all of it can be read.
  busy,           ///< Somebody else has it open.
  not_a_journal,  ///< The file is something else, or of a newer Blitzen.
  no_memory,
};

/// what() is one sentence that says what happened and what to do.
class Error : public blitzen::Error {
 public:
  Error(ErrorKind kind, const std::string& sentence) : blitzen::Error(ErrorCode::system, sentence), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace blitzen::journal
