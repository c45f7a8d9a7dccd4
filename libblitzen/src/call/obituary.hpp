// Deaths of workers, from the pool's words to the wire's.
#pragma once

#include <string>

#include "pool/pool.hpp"
#include "proto/packets.hpp"

namespace blitzen::call {

/// `host` is where the worker died.
[[nodiscard]] inline proto::Obituary to_wire(const pool::Obituary& obituary, const std::string& host) {
  return {.host = host,
          .process = obituary.process,
          .signal = obituary.signal,
          .exit_status = obituary.exit_status,
          .peak_memory_bytes = obituary.peak_memory_bytes,
          .last_lines = obituary.last_lines,
          .note = obituary.note};
}

}  // namespace blitzen::call
