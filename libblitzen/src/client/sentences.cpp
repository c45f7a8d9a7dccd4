#include "client/sentences.hpp"

#include <string.h>

#include <array>
#include <chrono>
#include <cstdio>

namespace blitzen::client {

std::string seconds_text(pool::Duration duration) {
  const double seconds = std::chrono::duration<double>(duration).count();
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), seconds < 1 ? "%.3f" : "%.2f", seconds);
  std::string trimmed = text.data();
  trimmed.erase(trimmed.find_last_not_of('0') + 1);
  if (trimmed.back() == '.') trimmed.pop_back();
  return trimmed + " s";
}

std::string death_text(const pool::Obituary& obituary) {
  std::string text;
  if (obituary.signal == 0) {
    text = "exited with status " + std::to_string(obituary.exit_status);
  } else if (const char* name = ::sigabbrev_np(obituary.signal); name != nullptr) {
    text = std::string("was killed by SIG") + name;
  } else {
    text = "was killed by signal " + std::to_string(obituary.signal);
  }
  return obituary.note.empty() ? text : text + " (" + obituary.note + ")";
}

}  // namespace blitzen::client
