// What the client says about tasks and workers to people.
#pragma once

#include <string>

#include "pool/pool.hpp"

namespace blitzen::client {

/// "7 s", "0.25 s"
[[nodiscard]] std::string seconds_text(pool::Duration duration);

/// "was killed by SIGSEGV", "exited with status 3"
[[nodiscard]] std::string death_text(const pool::Obituary& obituary);

}  // namespace blitzen::client
