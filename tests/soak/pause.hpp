// How chaos paces itself. Nothing is ever concluded from time that went by.
#pragma once

#include <poll.h>
#include <time.h>

#include <chrono>

namespace blitzen::soak {

/// A signal may end it early.
inline void pause_for(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  const timespec wait{seconds.count(), static_cast<long>((time - seconds).count())};
  ::ppoll(nullptr, 0, &wait, nullptr);
}

}  // namespace blitzen::soak
