// Functions that the tests run as tasks.
#pragma once

#include <string>

namespace blitzen::e2e {

[[nodiscard]] inline long square(int n) { return static_cast<long>(n) * n; }

[[nodiscard]] inline std::string with_number(const std::string& text, int number) {
  return text + std::to_string(number);
}

[[nodiscard]] inline std::size_t length(const std::string& text) { return text.size(); }

/// Tells the test that it runs, by a line with the worker's process id; waits at the gate; returns that process id.
[[nodiscard]] long hold(const std::string& reports, const std::string& gate);

/// Uses the processor until it is stopped.
void spin();

/// For tasks that need `milliseconds` of somebody's time but not of the processor's.
void take_milliseconds(int milliseconds);

/// Until a signal ends the process.
[[noreturn]] void wait_for_ever();

}  // namespace blitzen::e2e
