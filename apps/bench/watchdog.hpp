// Ends the program when something hangs, because nobody may be there to do it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace blitzen::bench {

/// Calls `bark` with a sentence, from a thread of its own, when what it watches takes too long.
class Watchdog {
 public:
  explicit Watchdog(std::function<void(const std::string&)> bark);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

  /// From now on, until the next call.
  void watch(const std::string& what, std::chrono::seconds at_most);

 private:
  using Clock = std::chrono::steady_clock;
  void wait();

  std::function<void(const std::string&)> bark_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_;
  std::optional<Clock::time_point> deadline_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace blitzen::bench
