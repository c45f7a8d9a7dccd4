// This program as one of many drivers at once, and as the one who started them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include "apps/bench/options.hpp"
#include "apps/bench/system/child.hpp"
#include "apps/bench/system/descriptor.hpp"
#include "blitzen/exit_code.hpp"

namespace blitzen::bench {

/// What a driver process does: connects, says so on stdout, waits for the end of stdin, runs its tasks, checks their
/// values and says on stdout when it was done. It ends when nobody reads that any more. Throws WrongResult or Error.
ExitCode be_driver(const DriverRole& role);

/// Driver processes of this program.
class DriverProcesses {
 public:
  /// Returns when all of them are connected. Throws WrongResult if that does not happen.
  DriverProcesses(const DriverRole& role, std::size_t count);

  /// Lets all of them begin at once. Returns when each of them had all its results, in nanoseconds from the beginning.
  /// Throws WrongResult when one of them did not get there.
  [[nodiscard]] std::vector<std::int64_t> run();

 private:
  /// From each driver once.
  [[nodiscard]] std::vector<std::int64_t> next_reports() const;

  std::size_t count_;
  Descriptor go_;       ///< Closed when the drivers may begin.
  Descriptor reports_;  ///< A number from each driver at a time.
  std::list<Child> drivers_;
};

}  // namespace blitzen::bench
