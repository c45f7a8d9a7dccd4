// A program under test: started, watched line by line, signalled, and gone without a trace when the test ends.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.hpp"

namespace blitzen::testing {

/// Only ever used up when a test fails; long, because a machine may be busy with other tests.
inline constexpr std::chrono::seconds patience{60};

/// Thrown when what a test waits for does not happen; the sentence shows what happened instead.
class DidNotHappen : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct DaemonOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments{};
  /// Its working directory, and the home of its XDG_CONFIG_HOME and XDG_CACHE_HOME, "config" and "cache".
  std::filesystem::path directory;
  /// Changes to the test's own environment, from which all of Blitzen's variables were removed.
  std::map<std::string, std::string> environment{};
};

/// A child process in a process group of its own. Its members may be called from any thread.
class Daemon {
 public:
  enum class Stream : std::uint8_t { out, err };

  explicit Daemon(const DaemonOptions& options);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  /// Kills what is left of the process group.
  ~Daemon();

  /// Waits until a line of the stream holds a match of the pattern (for the `nth` time), and returns that line.
  /// Throws DidNotHappen, also at once when the program has ended without it.
  std::string wait_for_line(const std::string& pattern, std::size_t nth = 1, Stream stream = Stream::err);
  /// The port in its log line "listening on ADDRESS:PORT".
  [[nodiscard]] std::uint16_t port();

  /// How many complete lines so far hold a match.
  [[nodiscard]] std::size_t count_lines(const std::string& pattern, Stream stream = Stream::err) const;
  /// All it wrote so far.
  [[nodiscard]] std::string text(Stream stream) const;

  [[nodiscard]] pid_t process() const { return process_; }
  void signal(int number) const;
  /// SIGKILL to the process itself, and waits until it is gone.
  void kill();
  /// Waits until it has ended; its exit status, or 128 and the signal's number, as a shell has it.
  int wait_exit(std::chrono::seconds time = patience);
  [[nodiscard]] bool running() const;

 private:
  void spawn(const DaemonOptions& options);
  void watch();
  void take(Stream stream);
  void end_watch();
  [[nodiscard]] std::string report() const;

  std::string name_;
  pid_t process_ = -1;
  base::UniqueFd process_end_;  ///< Readable once the process has ended.
  base::UniqueFd stop_;         ///< Readable once the watch is to end.
  std::array<base::UniqueFd, 2> pipes_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::string, 2> text_;
  std::optional<int> exit_status_;
  std::thread watcher_;
};

}  // namespace blitzen::testing
