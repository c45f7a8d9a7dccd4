// Failures that nobody's exception explains, as sentences. Server and dispatchers say the same in the same words.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/packets.hpp"

namespace blitzen::proto {

[[nodiscard]] Failure failure_saying(std::string message);

/// A result that came out, and for which `whom` ("the client on node7") has no memory.
[[nodiscard]] Failure no_memory_for_result(std::uint64_t bytes, const std::string& whom);

/// "timed out after 7 s": what was asked for, not what was measured.
[[nodiscard]] Failure timed_out(std::chrono::nanoseconds timeout);

/// "poisoned: 3 workers died executing it, the last by SIGABRT on node7; its last words: ...", with every obituary.
[[nodiscard]] Failure poisoned(std::vector<Obituary> deaths);

/// "by SIGSEGV on node7", "with exit status 3 on node7"
[[nodiscard]] std::string how_it_died(const Obituary& obituary);

}  // namespace blitzen::proto
