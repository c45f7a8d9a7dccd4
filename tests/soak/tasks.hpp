// What the drivers of the soak run: tasks that leave a trace of each execution.
#pragma once

#include <cstdint>
#include <string>

namespace blitzen::soak {

/// What a task is to do, and by which number it is known in the history.
struct Order {
  std::string history;  ///< The directory.
  std::uint64_t id = 0;
  std::uint64_t microseconds = 0;  ///< How long it takes, of nobody's processor.
  std::string content;             ///< Comes back as it went.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(history, id, microseconds, content);
  }
};

/// What a task returns: which task it was, and which of its executions.
struct Receipt {
  std::uint64_t id = 0;
  std::uint64_t execution = 0;
  std::uint64_t seal = 0;  ///< Made of the two.
  std::string content;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(id, execution, seal, content);
  }
};

/// So that a receipt whose bytes were mixed with another's is found out.
[[nodiscard]] std::uint64_t seal_of(std::uint64_t id, std::uint64_t execution);

/// Notes in the history that it starts, takes its time, and notes that it finished.
[[nodiscard]] Receipt execute(const Order& order);

}  // namespace blitzen::soak
