#include "apps/bench/progress.hpp"

#include <unistd.h>

#include <iostream>

namespace blitzen::bench {
namespace {

constexpr auto back_to_an_empty_line = "\r\033[K";

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) != 0) {}

void Progress::show(const std::string& text) const {
  if (terminal_) std::cerr << back_to_an_empty_line << text << std::flush;
}

void Progress::clear() const {
  if (terminal_) std::cerr << back_to_an_empty_line << std::flush;
}

}  // namespace blitzen::bench
