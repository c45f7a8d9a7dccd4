// What the pool and a zygote say to each other over their socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"

namespace blitzen::pool {

enum class ControlKind : std::uint32_t {
  open,         ///< To the zygote, first: `text` names the task libraries, one a line.
  fork,         ///< To the zygote: make a worker for `ticket` from the descriptors (see ForkDescriptor).
  signal,       ///< To the zygote: send signal `code` to the process group of worker `process`.
  ready,        ///< From the zygote: the libraries are open.
  failed,       ///< From the zygote: `text` says why it cannot serve.
  forked,       ///< From the zygote: the worker for `ticket` is `process`.
  fork_failed,  ///< From the zygote: there is no worker for `ticket`; `code` is the errno.
  died,         ///< From the zygote: worker `process` ended with wait status `code`, having used `bytes` of memory.
};

/// The descriptors that travel with ControlKind::fork, in this order.
enum ForkDescriptor : std::size_t {
  channel_descriptor,
  doorbell_descriptor,
  event_descriptor,
  stdout_descriptor,
  stderr_descriptor,
  fork_descriptors,
};

/// Longest text of a message. Bounds what either side reads at once.
inline constexpr std::size_t control_text_bytes_max = 32 * 1024;

struct ControlMessage {
  ControlKind kind{};
  std::uint32_t ticket = 0;
  std::int32_t process = 0;
  std::int32_t code = 0;
  std::uint64_t bytes = 0;
  std::string text;
  std::vector<base::UniqueFd> descriptors;
};

/// Sends a message (its text cut to control_text_bytes_max) with `descriptors`. False, with errno set, if that fails.
[[nodiscard]] bool send_control(int socket, const ControlMessage& message, const std::vector<int>& descriptors = {},
                                int flags = 0);

enum class Receipt { message, nothing, closed };
/// Receives one message. Closed also stands for an error or for something that is not a message.
[[nodiscard]] Receipt receive_control(int socket, ControlMessage& message, int flags = 0);

}  // namespace blitzen::pool
