// Whoever brings records to the disk for somebody who cannot wait for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "journal/error.hpp"
#include "journal/records.hpp"

namespace blitzen::journal {

/// All records up to this position are on the disk.
using OnCommitted = std::function<void(std::uint64_t position)>;
/// Nothing more will be committed. Called once at most.
using OnFailed = std::function<void(const Error& error)>;

class Recorder {
 public:
  Recorder() = default;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;
  virtual ~Recorder() = default;

  /// Returns how many records there have been, this one included: its position. Never waits for the disk. After a
  /// failure, or stop(), the record is let go.
  virtual std::uint64_t record(Record record) = 0;
  /// About what the records need that are not committed yet. Whoever records faster than the disk writes must see to it
  /// that this stays within bounds.
  [[nodiscard]] virtual std::size_t unwritten_bytes() const = 0;

  /// Commits what was recorded, and then closes the store.
  virtual void stop() = 0;
};

}  // namespace blitzen::journal
