/// \file
/// Blitzen's log. One line per message, on stderr and, when asked for, in a file:
/// \code
/// 2021-05-31 12:00:00 blitzen  INFO     message
/// \endcode
#pragma once

#include <filesystem>
#include <string_view>

namespace blitzen::logging {

enum class Level { debug, info, warning, error };

/// Writes lines of one level or another. Every member may be called from any thread at any time, also while the program
/// ends. Control characters in a message are shown escaped, so that one message is always one line.
class Logger {
 public:
  void debug(std::string_view message) { log(Level::debug, message); }
  void info(std::string_view message) { log(Level::info, message); }
  void warning(std::string_view message) { log(Level::warning, message); }
  void error(std::string_view message) { log(Level::error, message); }
  void log(Level level, std::string_view message);
  /// Whether a message of this level would be written: ask before building a costly one.
  [[nodiscard]] bool writes(Level level) const noexcept;

  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

 private:
  Logger() = default;
  friend Logger& get_logger();
};

/// The one logger of this process, which Blitzen itself writes to. A program may write its own lines to it.
///
/// Example: `blitzen::logging::get_logger().info("all tiles are rendered");`
[[nodiscard]] Logger& get_logger();

/// Appends every line to `file` as well, from now on; a second call changes the file. Missing directories are made.
/// Throws Error{system} when the file cannot be opened; the log then stays as it was. Thread-safe.
void set_logfile(const std::filesystem::path& file);

/// Writes messages of this level and above; Level::info unless set. Thread-safe.
void set_loglevel(Level level);

/// The same by name: "debug", "info", "warning" or "error". Throws Error{invalid_option} for another name.
void set_loglevel(std::string_view name);

/// Writes nothing until enable() is called; the level is remembered. The log is enabled at the start. Thread-safe.
void disable();
void enable();

}  // namespace blitzen::logging
