// What drivers have in common, with a job or without.
#pragma once

#include <cstdint>

#include "history.hpp"
#include "plan.hpp"
#include "proto/packets.hpp"
#include "random.hpp"

namespace blitzen::sim {

[[nodiscard]] proto::Function function_numbered(std::uint32_t index);

/// Of a driver's cable. Those of a slow link are as late as on the other side of the world, and worse.
[[nodiscard]] core::Duration delay_max(const Plan& plan, Random& random);

/// Any task that the plan allows; when all is calm, one that ends by itself.
[[nodiscard]] TaskSpec make_task(const Plan& plan, Random& random, const TaskKey& key, bool calm);

}  // namespace blitzen::sim
