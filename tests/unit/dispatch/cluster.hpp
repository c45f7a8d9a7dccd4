// Dispatchers of both kinds, so that what is promised of both is tested on both.
#pragma once

#include <blitzen/blitzen.hpp>
#include <memory>
#include <optional>
#include <string>

namespace cluster {

/// What making a dispatcher before init() threw.
inline std::optional<blitzen::ErrorCode> error_before_init;

[[nodiscard]] bool is_worker_process();

enum class Kind { multicore, distributed };
[[nodiscard]] std::string to_string(Kind kind);

struct Wishes {
  int workers = 2;
  std::chrono::nanoseconds timeout{0};
  std::size_t task_limit = 1'000'000;
  std::uint64_t memory_limit = 0;
  blitzen::AtTaskLimit at_task_limit = blitzen::AtTaskLimit::wait;
};

/// A MulticoreDispatcher; or a DistributedDispatcher with a server and a client of its own on a free loopback port.
[[nodiscard]] std::unique_ptr<blitzen::Dispatcher> make(Kind kind, const Wishes& wishes = {});

}  // namespace cluster

/// Runs the rest of the test case once with each kind of dispatcher.
#define ON_BOTH_KINDS(kind)                                                         \
  const auto kind = GENERATE(cluster::Kind::multicore, cluster::Kind::distributed); \
  INFO("dispatcher: " << cluster::to_string(kind))
