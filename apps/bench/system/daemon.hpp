// blitzen-server and blitzen-client, started as a user would start them.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "apps/bench/system/child.hpp"
#include "apps/bench/system/descriptor.hpp"

namespace blitzen::bench {

class Daemon {
 public:
  /// Throws Error{system} when the program is not there.
  Daemon(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  /// SIGTERM; SIGKILL if that does not help in time.
  ~Daemon();

  [[nodiscard]] pid_t pid() const noexcept { return child_->pid(); }
  /// Waits until `text` appears in its log and returns the rest of that line. Throws Error{system}.
  std::string wait_for(const std::string& text);

 private:
  void collect_log();

  std::string name_;
  Descriptor log_pipe_;
  std::unique_ptr<Child> child_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string log_;
  bool log_ended_ = false;
  std::thread reader_;
};

}  // namespace blitzen::bench
