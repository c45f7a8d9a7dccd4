// A bar on stderr for people who wait. Shows nothing where stderr is no terminal.
#pragma once

#include <cstddef>

namespace example {

class ProgressBar {
 public:
  explicit ProgressBar(std::size_t total);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  /// Removes the bar.
  ~ProgressBar();

  void show(std::size_t done);

 private:
  std::size_t total_;
  std::size_t shown_percent_ = 101;
  bool on_terminal_;
};

}  // namespace example
