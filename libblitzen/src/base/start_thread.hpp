// Threads of the library's own.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "base/all_signals_blocked.hpp"
#include "blitzen/error.hpp"

namespace blitzen::base {

/// Starts a thread with every signal blocked. Throws Error{system} when there are too many.
template <class Work>
[[nodiscard]] std::thread start_thread(Work&& work) {
  const AllSignalsBlocked blocked;
  try {
    return std::thread(std::forward<Work>(work));
  } catch (const std::system_error& error) {
    throw Error(ErrorCode::system, "cannot start a thread: " + error.code().message() +
                                       "; raise the limit of processes and threads (ulimit -u), or end some");
  }
}

}  // namespace blitzen::base
