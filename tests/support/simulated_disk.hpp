// A disk in memory that loses power: what SQLite writes through it is only safe once it was synced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace blitzen::testing {

/// An SQLite VFS of its own, with a name of its own. Everything about it follows from the calls and the seeds: no
/// clock, no randomness of the system, no real file. For one thread at a time. Files have absolute paths, there are no
/// directories. Nobody else can have a file open, so locks are not kept.
class SimulatedDisk {
 public:
  static constexpr std::size_t sector_bytes = 512;

  enum class Fault {
    disk_full,   ///< Writes are refused. Everything else works.
    io_error,    ///< Reads, writes, syncs, deletions and openings are refused.
    power_loss,  ///< Everything is refused until crash().
  };

  /// The seed is for the random numbers that SQLite asks for.
  explicit SimulatedDisk(std::uint64_t seed = 1);
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;
  /// Every connection must have been closed.
  ~SimulatedDisk();

  [[nodiscard]] const std::string& vfs() const;

  /// How many operations there were that can fail.
  [[nodiscard]] std::uint64_t operations() const;
  /// After that many more operations one fails, or all from there on. Replaces what was said before.
  void fail_after(std::uint64_t operations, Fault fault, bool lasting);
  void stop_failing();

  /// The power is lost and comes back: of each sector that was written and not synced, either the old or the new
  /// content is there, and a file that was never synced may be gone. Every connection must have been closed, see
  /// power_loss.
  void crash(std::uint64_t seed);

  /// Puts a file there that is synced, in place of an older one.
  void put(const std::string& path, std::span<const std::byte> content);
  void remove(const std::string& path);
  [[nodiscard]] bool has(const std::string& path) const;
  /// Of a file that is there.
  [[nodiscard]] const std::vector<std::byte>& content(const std::string& path) const;

  class Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace blitzen::testing
