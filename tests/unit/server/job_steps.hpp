// How drivers with a job meet a server in tests.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cluster_rig.hpp"

namespace blitzen::server {

/// A driver that begins the job "sweep", and one that attaches to it.
[[nodiscard]] Returning beginner(std::uint64_t session = 1);
[[nodiscard]] Returning heir(std::uint64_t session = 2);

/// Joins, takes what it is told of the job, and defines function 0.
[[nodiscard]] std::shared_ptr<Peer> join_with_job(ClusterRig& rig, const Returning& driver);

/// What a driver that just joined is told of its job, and the number below which it need not send tasks.
struct JobTold {
  std::uint64_t next_task = 0;
  std::uint32_t functions = 0;
  std::vector<proto::TaskRange> tasks;
  std::uint64_t accepted_below = 0;
};
[[nodiscard]] JobTold take_job(Peer& driver);

/// Waits until everything that the driver said before has been read. Its own tasks must have lower numbers.
void wait_until_read(Peer& driver, std::uint64_t number);

}  // namespace blitzen::server
