// Tasks between the wire and the pool.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_set>

#include "base/shared_bytes.hpp"
#include "pool/pool.hpp"
#include "proto/packets.hpp"

namespace blitzen::client {

struct KnownFunction;

/// How the pool names an attempt: all of its AttemptId.
[[nodiscard]] inline pool::Tag tag_of(const proto::AttemptId& id) {
  return {(std::uint64_t{id.driver} << 32U) | id.attempt, id.number};
}
[[nodiscard]] inline proto::AttemptId attempt_of(pool::Tag tag) {
  return {static_cast<std::uint32_t>(tag.high >> 32U), static_cast<std::uint32_t>(tag.high), tag.low};
}

struct TagHash {
  std::size_t operator()(const pool::Tag& tag) const noexcept {
    return std::hash<std::uint64_t>{}(tag.low * 0x9E3779B97F4A7C15ULL ^ tag.high);
  }
};
using TagSet = std::unordered_set<pool::Tag, TagHash>;

/// A task that the client itself holds, because its image is on the way or its task library may refuse it.
struct HeldTask {
  pool::Tag tag;
  KnownFunction* function = nullptr;
  pool::Duration timeout = pool::Duration::zero();
  base::SharedBytes arguments;  ///< Shares the frame it came in.
};

}  // namespace blitzen::client
