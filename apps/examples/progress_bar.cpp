#include "progress_bar.hpp"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace example {

ProgressBar::ProgressBar(std::size_t total) : total_(total), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (on_terminal_) std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(std::size_t done) {
  const std::size_t percent = total_ == 0 ? 100 : done * 100 / total_;
  if (!on_terminal_ || percent == shown_percent_) return;
  shown_percent_ = percent;
  constexpr std::size_t width = 50;
  const std::string bar(percent * width / 100, '#');
  std::fprintf(stderr, "\r[%-*s] %3zu %%  %zu/%zu", static_cast<int>(width), bar.c_str(), percent, done, total_);
}

}  // namespace example
