// How work that may throw is done under a lock that it may release.
#pragma once

#include <exception>
#include <mutex>

namespace blitzen::dispatch {

/// Does it, and holds the lock afterwards. Returns what it threw; null if nothing.
template <class Work>
[[nodiscard]] std::exception_ptr thrown_by(std::unique_lock<std::mutex>& lock, Work&& work) noexcept {
  std::exception_ptr thrown;
  try {
    work();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!lock.owns_lock()) lock.lock();
  return thrown;
}

}  // namespace blitzen::dispatch
