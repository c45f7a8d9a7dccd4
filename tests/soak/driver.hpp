// The driver of the soak, in a process of its own: submits tasks, and writes down what it asked for and was told.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace blitzen::soak {

struct DriverPlan {
  std::string name{};  ///< Its file in the history.
  std::string server = "127.0.0.1";
  std::uint64_t first = 0;  ///< The number of its first task in the history.
  std::uint64_t tasks = 0;  ///< SIGTERM stops it earlier: then it only waits for what it submitted.
  std::uint64_t unsettled_max = 1000;
  std::chrono::microseconds task_time{1000};
  std::uint64_t large_every = 0;      ///< Each so manieth task carries a quarter of a mebibyte, both ways; 0: none.
  std::chrono::seconds timeout{0};    ///< Of the tasks.
  std::chrono::seconds patience{30};  ///< Until it gives a lost server up.
};

/// For the role "driver", behind where the server is.
[[nodiscard]] std::vector<std::string> to_arguments(const DriverPlan& plan, const std::filesystem::path& history);

/// PORT KEY-FILE and what to_arguments() made.
void drive(const std::vector<std::string>& arguments);

}  // namespace blitzen::soak
