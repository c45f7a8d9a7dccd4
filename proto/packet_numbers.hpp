// Packet numbers are forever: a retired one stays listed and is never used again.
#pragma once

#include <cstdint>

namespace blitzen::proto {

enum class PacketNumber : std::uint16_t {
  hello = 1,                  // either way
  goodbye = 2,                // either way
  heartbeat = 3,              // either way
  define_functions = 10,      // driver → server, server → client
  offer_image = 11,           // driver → server
  request_image = 12,         // server → driver, client → server
  image = 13,                 // driver → server, server → client
  submit_tasks = 20,          // driver → server
  accept_tasks = 21,          // server → driver
  cancel_tasks = 22,          // driver → server
  report_outcomes = 23,       // server → driver
  notice = 24,                // server → driver
  acknowledge_outcomes = 25,  // driver → server
  hold_tasks = 26,            // server → driver
  job_state = 27,             // server → driver
  forget_tasks = 28,          // driver → server
  assign_tasks = 30,          // server → client
  recall_tasks = 31,          // server → client
  cancel_attempts = 32,       // server → client
  finish_tasks = 40,          // client → server
  worker_death = 41,          // client → server
  return_tasks = 42,          // client → server
  refuse_task = 43,           // client → server
  client_status = 44,         // client → server
  claim_attempts = 45,        // client → server
};

/// Whether a packet is sent after the large ones that were queued before it, since it speaks of what is in them.
[[nodiscard]] constexpr bool overtakes_nothing(PacketNumber number) { return number == PacketNumber::cancel_attempts; }

inline constexpr std::uint16_t protocol_version = 1;
inline constexpr std::uint16_t protocol_version_oldest = 1;

}  // namespace blitzen::proto
