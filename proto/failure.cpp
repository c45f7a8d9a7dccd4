#include "proto/failure.hpp"

#include <string.h>  // NOLINT(modernize-deprecated-headers): sigabbrev_np is glibc's, not the standard library's

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace blitzen::proto {
namespace {

std::string signal_name(int signal) {
  const char* abbreviation = ::sigabbrev_np(signal);
  return abbreviation == nullptr ? "signal " + std::to_string(signal) : "SIG" + std::string(abbreviation);
}

std::string_view without_blanks(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

/// Takes the last line off.
std::string_view take_last_line(std::string_view& lines) {
  while (lines.ends_with('\n')) lines.remove_suffix(1);
  const std::size_t begin = lines.rfind('\n') + 1;
  const std::string_view last = lines.substr(begin);
  lines = lines.substr(0, begin);
  return without_blanks(last);
}

/// The last line that a dead worker wrote: often an assertion, or what() of an exception that nobody caught, whose type
/// is in the line before.
std::string last_words(const Obituary& obituary) {
  constexpr std::size_t shown_max = 200;
  std::string_view lines = obituary.last_lines;
  std::string words(take_last_line(lines));
  if (words.starts_with("what():")) words = std::string(take_last_line(lines)) + ", " + words;
  return words.empty() ? "" : "; its last words: " + words.substr(0, shown_max);
}

}  // namespace

Failure failure_saying(std::string message) {
  Failure failure;
  failure.message = std::move(message);
  return failure;
}

Failure no_memory_for_result(std::uint64_t bytes, const std::string& whom) {
  return failure_saying(whom + " has not enough memory for the result (" + std::to_string(bytes) +
                        " bytes): return less, or write it to a file");
}

Failure timed_out(std::chrono::nanoseconds timeout) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "timed out after %.9g s", std::chrono::duration<double>(timeout).count());
  return failure_saying(text.data());
}

Failure poisoned(std::vector<Obituary> deaths) {
  const bool one = deaths.size() == 1;
  std::string message =
      "poisoned: " + std::to_string(deaths.size()) + (one ? " worker" : " workers") + " died executing it";
  if (!deaths.empty()) message += (one ? ", " : ", the last ") + how_it_died(deaths.back());
  if (!deaths.empty() && !deaths.back().note.empty()) message += ": " + deaths.back().note;
  if (!deaths.empty()) message += last_words(deaths.back());
  Failure failure = failure_saying(std::move(message));
  failure.deaths = std::move(deaths);
  return failure;
}

std::string how_it_died(const Obituary& obituary) {
  std::string text = obituary.signal != 0 ? "by " + signal_name(obituary.signal)
                                          : "with exit status " + std::to_string(obituary.exit_status);
  if (!obituary.host.empty()) text += " on " + obituary.host;
  return text;
}

}  // namespace blitzen::proto
