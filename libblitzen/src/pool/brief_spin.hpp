// Looking again for a few microseconds before going to sleep, where that has paid before.
#pragma once

#include <chrono>
#include <thread>

#include "pool/pool.hpp"

namespace blitzen::pool {

/// Tells the processor that this is a loop that waits.
inline void relax() {
#if defined(__x86_64__) || defined(__i386__)
  asm volatile("pause");
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Sleeping and being woken costs some microseconds. A wait that is shorter than that is cheaper spun through, and one
/// short wait tends to follow another. After a longer wait nothing is spun, so whoever is idle stays asleep.
class BriefSpin {
 public:
  /// What is spun for at most.
  static constexpr Duration worth = std::chrono::microseconds{20};
  /// The longest wait after which the next one is spun for: one that was a little too long, and then slept through.
  static constexpr Duration forgiven = std::chrono::microseconds{50};

  /// Found out by the first call. A zygote makes that, so that its workers need not.
  static bool several_cores() {
    static const bool several = std::thread::hardware_concurrency() > 1;
    return several;
  }

  /// Calls `wait` unless `ready` comes true before.
  template <class Ready, class Wait>
  void before(Ready ready, Wait wait) {
    if (!several_cores()) return wait();
    const TimePoint start = std::chrono::steady_clock::now();
    if (pays_ && spin(ready, start + worth)) return;
    wait();
    pays_ = std::chrono::steady_clock::now() - start <= forgiven;
  }

  /// Spins until `ready` or the deadline; says whether it is ready.
  template <class Ready>
  static bool spin(Ready ready, TimePoint deadline) {
    constexpr int looks_per_clock = 16;
    do {
      for (int i = 0; i < looks_per_clock; ++i) {
        if (ready()) return true;
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
    return false;
  }

 private:
  bool pays_ = false;
};

}  // namespace blitzen::pool
