// What a worker or zygote prints, on its way to the host: read from a pipe, cut into whole lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "pool/pool.hpp"

namespace blitzen::pool {

/// A longer line is passed on in pieces. Bounds what a task that never ends its line makes us hold.
inline constexpr std::size_t line_bytes_max = 64 * 1024;

/// Cuts text into lines. `sink(line)` gets each without its newline.
class LineSplitter {
 public:
  template <class Sink>
  void feed(std::string_view text, Sink&& sink) {
    while (!text.empty()) {
      const std::size_t newline = text.find('\n');
      const std::string_view piece = text.substr(0, newline).substr(0, line_bytes_max - begun_.size());
      const bool ends = piece.size() == newline;
      text.remove_prefix(ends ? piece.size() + 1 : piece.size());
      if (ends && begun_.empty()) {
        sink(piece);
        continue;
      }
      begun_ += piece;
      if (ends || begun_.size() == line_bytes_max) flush(sink);
    }
  }
  /// Passes on a last line that has no end.
  template <class Sink>
  void finish(Sink&& sink) {
    if (!begun_.empty()) flush(sink);
  }

 private:
  template <class Sink>
  void flush(Sink&& sink) {
    sink(std::string_view{begun_});
    begun_.clear();
  }

  std::string begun_;
};

/// The end of a text that goes by.
class LastLines {
 public:
  explicit LastLines(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  void add(std::string_view line);
  void clear() { text_.clear(); }
  /// Whole lines as far as they fit.
  [[nodiscard]] std::string text() const;

 private:
  std::size_t bytes_max_;
  std::string text_;
};

class OutputPipe {
 public:
  /// Keeps the last lines for obituaries, unless `last_lines_bytes_max` is zero.
  OutputPipe(OutputStream stream, std::size_t last_lines_bytes_max) : stream_(stream), last_(last_lines_bytes_max) {}

  /// Makes the pipe and returns the end to print into. Throws std::system_error.
  [[nodiscard]] base::UniqueFd open();
  [[nodiscard]] int descriptor() const { return pipe_.get(); }

  /// Passes on what waits in the pipe, at most `bytes_max` of it. False: nothing will come any more.
  bool drain(PoolListener& listener, std::size_t bytes_max);
  /// Passes on everything, an unfinished last line too, and closes the pipe.
  void finish(PoolListener& listener);

  [[nodiscard]] LastLines& last_lines() { return last_; }

 private:
  void pass_on(PoolListener& listener, std::string_view line);

  OutputStream stream_;
  base::UniqueFd pipe_;
  LineSplitter lines_;
  LastLines last_;
};

/// What one pipe may keep the pool busy with at a time, so that a task that floods does not hold up the others.
inline constexpr std::size_t drain_bytes_max = 256 * 1024;

}  // namespace blitzen::pool
