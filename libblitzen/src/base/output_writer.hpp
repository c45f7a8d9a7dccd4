// What tasks print, on its way to the stdout and stderr of the program that owns their workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

namespace blitzen::base {

struct OutputLimits {
  /// Lines waiting for a slow reader. Bounds what chatty tasks can make us hold.
  std::size_t queue_bytes_max = 4 * 1024 * 1024;
  /// How long tasks are held up for a reader who stopped reading. Well below the silence after which a server gives up.
  std::chrono::milliseconds stall_max{2000};
  /// How long flush() and the end are held up for such a reader.
  std::chrono::milliseconds flush_max{2000};
};

/// Writes whole lines to a descriptor from a thread of its own, so that a reader who stops reading (a paused terminal,
/// a full pipe) delays output but neither heartbeats nor timeouts. One thread at a time may use it.
class OutputWriter {
 public:
  /// `name` is what log lines call the descriptor: "stdout". Borrows `fd`.
  OutputWriter(int fd, std::string name, OutputLimits limits = {});
  OutputWriter(const OutputWriter&) = delete;
  OutputWriter& operator=(const OutputWriter&) = delete;
  /// Writes what is pending, unless nobody reads it for a while.
  ~OutputWriter();

  /// Queues a line and its newline. Waits a little while the queue is full; then drops lines, and says how many as
  /// soon as there is room again. A closed descriptor swallows them all, after a warning in the log.
  void write_line(std::string_view line);

  /// Waits until what is queued has been written, unless nobody reads it for a while.
  void flush();

 private:
  class Queue;
  std::shared_ptr<Queue> queue_;  ///< Shared with the thread, which may be stuck in a write when we have to leave.
  std::thread thread_;
};

}  // namespace blitzen::base
