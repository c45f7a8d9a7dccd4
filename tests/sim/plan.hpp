// What kind of world a seed makes: how large it is, and which faults it has.
#pragma once

#include <chrono>
#include <cstdint>

#include "core/ids.hpp"
#include "random.hpp"

namespace blitzen::sim {

/// Each world has only some kinds of faults: with all of them at once, the rare sequences would be rarer.
struct Plan {
  explicit Plan(std::uint64_t seed);

  std::uint64_t seed;
  bool journal;
  std::uint64_t drivers;
  std::uint64_t clients;
  std::uint64_t jobs;
  std::uint64_t tasks;  ///< Of all drivers, about.
  std::uint32_t functions;
  core::Duration lasts;  ///< Until the faults stop.

  // The server's options.
  std::uint64_t task_limit;    ///< 0: so many that nobody reaches it.
  std::uint32_t revive_limit;  ///< 0: none.
  core::Duration driver_patience;
  core::Duration job_retention;
  std::uint64_t memory_limit;  ///< 0: none that is reached. The same for the next.
  std::uint64_t job_bytes;

  // Faults.
  bool worker_deaths;
  bool partitions;
  bool lost_connections;
  bool slow_links;
  bool restarts;
  bool disk_faults;
  bool lies;        ///< Clients say again what is over.
  bool refusals;    ///< Clients that cannot run every function.
  bool negligence;  ///< Clients that do not end what has timed out.
  bool clogs;
  bool leaving;  ///< Drivers and clients leave for good.
  bool greed;    ///< Drivers submit more than they may.
  bool large_payloads;
};

}  // namespace blitzen::sim
