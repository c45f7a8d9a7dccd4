// What only the server says about tasks that no client reported on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/actions.hpp"
#include "proto/packets.hpp"

namespace blitzen::server {

/// The driver has `task_limit` unsettled tasks already.
[[nodiscard]] proto::Failure over_task_limit(std::uint64_t task_limit);
/// The number leaves more others out before it than the server keeps room for.
[[nodiscard]] proto::Failure leaves_too_many_out(std::uint64_t number);
/// The client did not end the task although its timeout was over.
[[nodiscard]] proto::Failure timed_out_by_server(std::chrono::nanoseconds timeout);
[[nodiscard]] proto::Failure cancelled_by_driver();
/// The client on this host was lost with a task that must not be started twice.
[[nodiscard]] proto::Failure client_lost(std::string_view host);
/// `last_refusal` is what the last client said that refused the task's code; may be empty.
[[nodiscard]] proto::Failure no_client_can(std::string_view last_refusal);
/// The arguments would not fit the packet that carries them to a client.
[[nodiscard]] proto::Failure arguments_too_large(std::uint64_t bytes, std::uint64_t bytes_max);

/// The wire's word for the core's.
[[nodiscard]] proto::Outcome outcome_of(core::OutcomeKind kind);

}  // namespace blitzen::server
